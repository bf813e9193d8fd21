// Decodes OTLP/HTTP JSON of logs as strictly as protocol buffers allow, with a decoder that is not ours: a name that the
// protocol does not have, or a value of another type, is an error. The fields are those of opentelemetry-proto, logs v1.
import { createFileRegistry, fromJson, create, type DescMessage, type JsonValue, toJson } from '@bufbuild/protobuf';
import {
  type FieldDescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

type FieldSays = readonly [name: string, number: number, type: Type | string, more?: 'repeated' | 'oneof'];

const PACKAGE = 'opentelemetry.proto.logs';

const MESSAGES: Readonly<Record<string, readonly FieldSays[]>> = {
  AnyValue: [
    ['string_value', 1, Type.STRING, 'oneof'],
    ['bool_value', 2, Type.BOOL, 'oneof'],
    ['int_value', 3, Type.INT64, 'oneof'],
    ['double_value', 4, Type.DOUBLE, 'oneof'],
    ['array_value', 5, 'ArrayValue', 'oneof'],
    ['kvlist_value', 6, 'KeyValueList', 'oneof'],
    ['bytes_value', 7, Type.BYTES, 'oneof'],
  ],
  ArrayValue: [['values', 1, 'AnyValue', 'repeated']],
  KeyValueList: [['values', 1, 'KeyValue', 'repeated']],
  KeyValue: [
    ['key', 1, Type.STRING],
    ['value', 2, 'AnyValue'],
  ],
  InstrumentationScope: [
    ['name', 1, Type.STRING],
    ['version', 2, Type.STRING],
    ['attributes', 3, 'KeyValue', 'repeated'],
    ['dropped_attributes_count', 4, Type.UINT32],
  ],
  Resource: [
    ['attributes', 1, 'KeyValue', 'repeated'],
    ['dropped_attributes_count', 2, Type.UINT32],
  ],
  LogRecord: [
    ['time_unix_nano', 1, Type.FIXED64],
    ['observed_time_unix_nano', 11, Type.FIXED64],
    // An open enum: its numbers are what travels in OTLP's JSON.
    ['severity_number', 2, Type.INT32],
    ['severity_text', 3, Type.STRING],
    ['body', 5, 'AnyValue'],
    ['attributes', 6, 'KeyValue', 'repeated'],
    ['dropped_attributes_count', 7, Type.UINT32],
    ['flags', 8, Type.FIXED32],
    ['trace_id', 9, Type.BYTES],
    ['span_id', 10, Type.BYTES],
    ['event_name', 12, Type.STRING],
  ],
  ScopeLogs: [
    ['scope', 1, 'InstrumentationScope'],
    ['log_records', 2, 'LogRecord', 'repeated'],
    ['schema_url', 3, Type.STRING],
  ],
  ResourceLogs: [
    ['resource', 1, 'Resource'],
    ['scope_logs', 2, 'ScopeLogs', 'repeated'],
    ['schema_url', 3, Type.STRING],
  ],
  ExportLogsServiceRequest: [['resource_logs', 1, 'ResourceLogs', 'repeated']],
};

function fieldOf([name, number, type, more]: FieldSays): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, {
    name,
    jsonName: name.replace(/_(.)/g, (_all, letter: string) => letter.toUpperCase()),
    number,
    label: more === 'repeated' ? Label.REPEATED : Label.OPTIONAL,
    ...(typeof type === 'string' ? { type: Type.MESSAGE, typeName: `.${PACKAGE}.${type}` } : { type }),
    ...(more === 'oneof' && { oneofIndex: 0 }),
  });
}

function describeRequest(): DescMessage {
  const file = create(FileDescriptorProtoSchema, {
    name: 'logs.proto',
    package: PACKAGE,
    syntax: 'proto3',
    messageType: Object.entries(MESSAGES).map(([name, fields]) => ({
      name,
      field: fields.map(fieldOf),
      oneofDecl: fields.some(([, , , more]) => more === 'oneof') ? [{ name: 'value' }] : [],
    })),
  });
  const found = createFileRegistry(file, () => undefined).getMessage(`${PACKAGE}.ExportLogsServiceRequest`);
  if (found === undefined) throw new Error('the description has no request');
  return found;
}

const REQUEST = describeRequest();

/** Gives the message, as its own JSON again. Throws for what the protocol does not know. */
export function decodeOtlpLogs(body: string): JsonValue {
  const parsed = JSON.parse(body) as JsonValue;
  return toJson(REQUEST, fromJson(REQUEST, parsed, { ignoreUnknownFields: false }));
}
