// While the session is locked the window shows nothing of anybody.
import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { Icon } from '../parts/card.tsx';

export function LockedScreen(): ReactNode {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon of={Lock} />
      </span>
      <h2>The session is locked</h2>
      <p>Nothing is shown, copied or approved until you unlock it. Access still ends on time.</p>
    </div>
  );
}
