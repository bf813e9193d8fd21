// Something had before, or kept at the top: one click where policy grants it at once, else the form, filled in.
import { Star } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Preset } from '#shared/contracts/desktop/cards.ts';
import { newAttempt } from '../attempt.ts';
import { length } from '../format.ts';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Icon, SensitivityChips } from '../parts/card.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { Name } from '../parts/said.tsx';
import { useCommand } from '../parts/use-command.ts';
import { accessWords as words, presetButton, presetLine } from '../words/access.ts';
import { actionList } from '../words/common.ts';

export function PresetItem(props: { readonly preset: Preset }): ReactNode {
  const { preset } = props;
  const { resource, actions, purpose, justification, durationMs } = preset;
  const { go } = useNavigation();
  const command = useCommand();
  const press = (): void => {
    if (preset.outcome !== 'approved') {
      go({ go: 'form', prefill: { resource: resource.id, actions, purpose, justification, durationMs } });
      return;
    }
    const wish = {
      ...{ resource: resource.id, actions, purpose, justification, durationMs },
      ...{ ticket: null, startAtMs: null, endsWithOperation: false, extendsGrant: null, breakGlass: false },
    };
    void command.run('ask', { wish, attempt: newAttempt() });
  };
  const line = [actionList(actions), length(durationMs), presetLine(preset)].filter((part) => part !== '');
  return (
    <li className="preset">
      <div className="row">
        <Button
          look="icon star"
          aria-label={words.favourite(resource.name)}
          aria-pressed={preset.favourite}
          onPress={() => void command.run('set-favourite', { resource: resource.id, favourite: !preset.favourite })}
        >
          <Icon of={Star} />
        </Button>
        <div className="grow">
          <div className="title">
            <Name>{resource.name}</Name>
            <SensitivityChips resource={resource} quiet />
          </div>
          <div className="quiet">{line.join(' · ')}</div>
        </div>
        <Button aria-label={`${presetButton(preset)} ${resource.name}`} isPending={command.running} onPress={press}>
          {presetButton(preset)}
        </Button>
      </div>
      <ProblemLine problem={command.problem} />
    </li>
  );
}
