// The fields of a new sink: those that its kind has.
import type { ReactNode } from 'react';
import { Field } from '../parts/field.tsx';
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
      <Field
        label={words.name}
        hint={words.nameHint}
        value={draft.name}
        fault={fault('name')}
        disabled={isDisabled}
        autoComplete="off"
        spellCheck={false}
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
    <Field
      label={words.url}
      value={draft.url}
      fault={fault('url')}
      disabled={isDisabled}
      autoComplete="off"
      spellCheck={false}
      autoFocus
      inputMode="url"
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
      <Field
        label={words.header}
        value={draft.headerName}
        fault={fault('headerName')}
        disabled={isDisabled}
        autoComplete="off"
        spellCheck={false}
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
