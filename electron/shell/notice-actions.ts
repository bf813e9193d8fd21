// What a button on a notification does, once it counts: one action of the agent, and the window when that is refused.
import type { Agent } from '../agent/agent.ts';
import type { Log, NoticeAction } from '../agent/ports.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { Running } from './running.ts';

type Options = {
  readonly app: Pick<Running, 'agent'>;
  readonly show: (route?: Route) => void;
  readonly log: Log;
};

/** A refusal leads to the screen that the notification is about, where the state says why. */
export function createNoticeActions({ app, show, log }: Options): (action: NoticeAction, route: Route) => void {
  const follow = async (agent: Agent, action: NoticeAction, route: Route): Promise<void> => {
    try {
      if (!(await agent.act(action)).ok) show(route);
    } catch (error) {
      log.trouble('notice.action', error, { action: action.kind });
      show(route);
    }
  };
  return (action, route) => {
    if (app.agent === null) show(route);
    else void follow(app.agent, action, route);
  };
}
