// The routes of administrators about people: nobody disables themselves.
import { disablePerson, enablePerson } from '#broker/access/disable-person.ts';
import { json, refused } from './answer.ts';
import type { Handlers } from './handler.ts';

export const peopleHandlers: Handlers<'disablePerson' | 'enablePerson'> = {
  disablePerson: async (deps, { principal, id, body }) => {
    const disabled = await disablePerson(deps, { actor: principal, person: id, reason: body.reason });
    return disabled.ok ? json({ person: id, disabled: true }) : refused(disabled.error);
  },
  enablePerson: async (deps, { principal, id, body }) => {
    const enabled = await enablePerson(deps, { actor: principal, person: id, reason: body.reason });
    return enabled.ok ? json({ person: id, disabled: false }) : refused(enabled.error);
  },
};
