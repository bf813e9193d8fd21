// Beside the trail: that it does not reach every place that it should.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useDesktopState } from '../desktop.tsx';
import { useNavigation } from '../navigation.tsx';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/card.tsx';
import { sinkWords as words } from '../words/sinks.ts';

export function StuckSinks(): ReactNode {
  const stuck = useDesktopState().sinks.filter(({ needsLook }) => needsLook);
  const { go } = useNavigation();
  if (stuck.length === 0) return null;
  return (
    <Notice tone="warn" icon={TriangleAlert} title={words.stuckTitle(stuck.map(({ name }) => name))}>
      <p className="quiet">{words.stuckBody}</p>
      <div className="buttons">
        <Button onPress={() => go({ go: 'route', route: { screen: 'sinks' } })}>{words.look}</Button>
      </div>
    </Notice>
  );
}
