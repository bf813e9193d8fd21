// The one button of the form; it says what pressing it does.
import type { ReactNode } from 'react';
import { length } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { formWords as words } from '../words/form.ts';
import { EmergencyFooter } from './emergency.tsx';
import type { RequestForm } from './use-request-form.ts';

export function FormFooter(props: { readonly form: RequestForm }): ReactNode {
  const { form } = props;
  if (form.entry === null) return null;
  if (form.draft.breakGlass) return <EmergencyFooter form={form} entry={form.entry} />;
  return (
    <>
      <ProblemLine problem={form.problem} />
      {form.wasDenied && (
        <p role="alert" className="problem">
          {words.denied}
        </p>
      )}
      <Button look="primary" big isDisabled={!form.canAsk} isPending={form.asking} onPress={() => void form.ask()}>
        {labelOf(form)}
      </Button>
    </>
  );
}

function labelOf(form: RequestForm): string {
  if (form.outcome !== 'approved' || form.draft.startAtMs !== null) return words.ask;
  const text = length(form.draft.durationMs);
  return form.draft.extendsGrant === null ? words.checkOutFor(text) : words.extendFor(text);
}
