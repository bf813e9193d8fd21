// Something is being read. Says so at once to nobody's alarm, and says more when it takes long.
import { LoaderCircle } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { SECOND_MS } from '#shared/domain/time.ts';
import { words } from '../words/common.ts';
import { Icon } from './card.tsx';

const LONG_MS = 5 * SECOND_MS;

export function Loading(): ReactNode {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p className="loading quiet" role="status">
      <Icon of={LoaderCircle} className="spin" /> {isLong ? words.readingLong : words.reading}
    </p>
  );
}
