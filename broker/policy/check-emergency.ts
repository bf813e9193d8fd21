// What the two annotations about emergencies may stand on: a permit that waits for nobody, and a guard.
import { appliesToAction, type Policy } from './policy.ts';
import { problemAt } from './policy-source.ts';
import type { PolicyProblem } from './policy-problem.ts';

export function checkEmergency(policy: Policy): readonly PolicyProblem[] {
  return [
    ...checkAnnotation(policy, 'breakGlass', 'permit'),
    ...checkAnnotation(policy, 'holdsInEmergency', 'forbid'),
    ...(policy.annotations['breakGlass'] === undefined ? [] : checkPermit(policy)),
  ];
}

function checkAnnotation(
  { annotations, effect, statement }: Policy,
  name: 'breakGlass' | 'holdsInEmergency',
  wanted: Policy['effect'],
): readonly PolicyProblem[] {
  const why = annotations[name];
  if (why === undefined) return [];
  const at = new RegExp(`@\\s*${name}\\b`);
  if (effect !== wanted) return [problemAt(statement, at, 'emergency_effect', `@${name} stands on a ${wanted} only`)];
  return why.trim() === '' ? [problemAt(statement, at, 'emergency_reason', `@${name} says why`)] : [];
}

function checkPermit(policy: Policy): readonly PolicyProblem[] {
  const waits = [...policy.reads].find(
    (path) => path.startsWith('context.approvals') || path === 'context.selfConfirmed',
  );
  return [
    ...(waits === undefined
      ? []
      : [problemAt(policy.statement, /\bcontext\b/, 'emergency_waits', `an emergency waits for nobody: not ${waits}`)]),
    ...(appliesToAction(policy, 'approve')
      ? [problemAt(policy.statement, /\baction\b/, 'emergency_waits', 'an emergency permit is about access: name it')]
      : []),
  ];
}
