// What is checked out, what waits, and what can be had again with one click.
import type { ReactNode } from 'react';
import { Sparkles } from 'lucide-react';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { useDesktopState } from '../desktop.tsx';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Icon, Section } from '../parts/card.tsx';
import { accessWords as words } from '../words/access.ts';
import { EndEverything } from './end-everything.tsx';
import { GrantItem } from './grant-item.tsx';
import { PresetItem } from './preset-item.tsx';
import { RequestItem } from './request-item.tsx';

/** Up to this many grants show all their buttons at once; more start folded. */
const OPEN_AT_MOST = 3;

export function AccessScreen(props: { readonly focusOn: string | null; readonly visit: number }): ReactNode {
  const state = useDesktopState();
  const { grants, requests } = state;
  // An extension shows on its grant; what it needs of the person shows here.
  const shown = requests.filter((request) => !isShownOnItsGrant(request, state));
  const presets = state.presets.filter((preset) => grants.every((grant) => grant.resource.id !== preset.resource.id));
  return (
    <div className="stack">
      {grants.length === 0 && shown.length === 0 && <Empty />}
      {grants.length > 0 && (
        <Section id="active" title={words.active} aside={<EndEverything grants={grants.length} />}>
          <ul className="cards">
            {grants.map((grant) => (
              <GrantItem
                key={grant.grantId}
                grant={grant}
                maxDurationMs={state.catalog.find((entry) => entry.id === grant.resource.id)?.maxDurationMs ?? null}
                startsOpen={grants.length <= OPEN_AT_MOST}
                visit={props.focusOn === grant.grantId ? props.visit : null}
              />
            ))}
          </ul>
        </Section>
      )}
      {shown.length > 0 && (
        <Section id="waiting" title={words.waiting}>
          <ul className="cards">
            {shown.map((request) => (
              <RequestItem key={request.requestId} request={request} />
            ))}
          </ul>
        </Section>
      )}
      {presets.length > 0 && (
        <Section id="again" title={words.again}>
          <ul className="card rows">
            {presets.map((preset) => (
              <PresetItem key={preset.resource.id} preset={preset} />
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}

function isShownOnItsGrant(request: DesktopState['requests'][number], state: DesktopState): boolean {
  return (
    (request.phase === 'waiting' || request.phase === 'collecting') &&
    request.extendsGrant !== null &&
    state.grants.some((grant) => grant.grantId === request.extendsGrant && grant.extension !== null)
  );
}

export function AccessFooter(props: { readonly takesFocus: boolean }): ReactNode {
  const { go } = useNavigation();
  const { broker, locked } = useDesktopState();
  return (
    <Button
      look="primary"
      big
      autoFocus={props.takesFocus}
      isDisabled={locked || broker.kind === 'failed' || broker.kind === 'signed_out'}
      onPress={() => go({ go: 'form', prefill: null })}
    >
      {words.checkOut}
    </Button>
  );
}

function Empty(): ReactNode {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon of={Sparkles} />
      </span>
      <h2>{words.emptyTitle}</h2>
      <p>{words.emptyBody}</p>
    </div>
  );
}
