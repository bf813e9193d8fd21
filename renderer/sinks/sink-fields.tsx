// The fields of a new sink: those that its kind has.
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField } from 'react-aria-components/TextField';
import type { ReactNode } from 'react';
import { sinkWords as words } from '../words/sinks.ts';
import { FolderField } from './folder-field.tsx';
import { SecretField } from './secret-field.tsx';
import { completedUrl, type SinkDraft, type SinkField } from './sink-draft.ts';

type Props = {
  readonly draft: SinkDraft;
  /** What is wrong with a field, if it is to be said yet. */
  readonly fault: (field: SinkField) => string | null;
  readonly isDisabled: boolean;
  readonly onChange: (change: Partial<SinkDraft>) => void;
  readonly onLeft: (field: SinkField) => void;
};

export function SinkFields(props: Props): ReactNode {
  const { draft, fault, onChange, onLeft, isDisabled } = props;
  return (
    <>
      {draft.kind !== 'file' && <Url {...props} />}
      {draft.kind === 'otlp' && <Header {...props} />}
      {draft.kind === 'webhook' && (
        <SecretField
          label={words.secret}
          hint={words.secretHint}
          value={draft.secret}
          fault={fault('secret')}
          isDisabled={isDisabled}
          onChange={(secret) => onChange({ secret })}
          onBlur={() => draft.secret !== '' && onLeft('secret')}
        />
      )}
      {draft.kind === 'file' && (
        <FolderField
          name={draft.name}
          folder={draft.folder}
          fault={fault('folder')}
          isDisabled={isDisabled}
          onChange={(folder) => onChange({ folder })}
        />
      )}
      <Line
        label={words.name}
        hint={words.nameHint}
        value={draft.name}
        fault={fault('name')}
        isDisabled={isDisabled}
        maxLength={31}
        onChange={(name) => {
          onChange({ name });
          onLeft('name');
        }}
      />
    </>
  );
}

function Url({ draft, fault, onChange, onLeft, isDisabled }: Props): ReactNode {
  return (
    <Line
      label={words.url}
      value={draft.url}
      fault={fault('url')}
      isDisabled={isDisabled}
      autoFocus
      isUrl
      placeholder={draft.kind === 'otlp' ? 'https://collector.example.org/v1/logs' : 'https://'}
      maxLength={500}
      onChange={(url) => onChange({ url })}
      onBlur={() => {
        if (draft.url.trim() === '') return;
        onChange({ url: completedUrl(draft.url, draft.kind) });
        onLeft('url');
      }}
    />
  );
}

function Header({ draft, fault, onChange, onLeft, isDisabled }: Props): ReactNode {
  return (
    <div className="header-fields">
      <Line
        label={words.header}
        value={draft.headerName}
        fault={fault('headerName')}
        isDisabled={isDisabled}
        maxLength={64}
        onChange={(headerName) => {
          onChange({ headerName });
          onLeft('headerName');
        }}
      />
      <SecretField
        label={words.headerValue}
        hint={words.headerValueHint}
        value={draft.secret}
        fault={fault('secret')}
        isDisabled={isDisabled}
        onChange={(secret) => onChange({ secret })}
        onBlur={() => onLeft('secret')}
      />
    </div>
  );
}

function Line(props: {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly fault: string | null;
  readonly isDisabled: boolean;
  readonly autoFocus?: boolean;
  readonly isUrl?: boolean;
  readonly placeholder?: string;
  readonly maxLength: number;
  readonly onChange: (value: string) => void;
  readonly onBlur?: () => void;
}): ReactNode {
  const { fault, hint } = props;
  return (
    <TextField
      className="field"
      value={props.value}
      onChange={props.onChange}
      onBlur={() => props.onBlur?.()}
      isInvalid={fault !== null}
      isDisabled={props.isDisabled}
      autoFocus={props.autoFocus ?? false}
      autoComplete="off"
      spellCheck="false"
      {...(props.isUrl === true ? { inputMode: 'url' as const } : {})}
    >
      <Label className="label">{props.label}</Label>
      <Input className="input" maxLength={props.maxLength} placeholder={props.placeholder ?? ''} />
      {fault === null && hint !== undefined && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{fault}</FieldError>
    </TextField>
  );
}
