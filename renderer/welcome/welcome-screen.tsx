// The first start explains itself in one screen.
import { Hourglass, KeyRound, MessageCircleQuestionMark, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Logo } from '../parts/logo.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { useCommand } from '../parts/use-command.ts';
import { welcomeWords as words } from '../words/welcome.ts';

const ICONS: readonly LucideIcon[] = [MessageCircleQuestionMark, KeyRound, Hourglass];

export function WelcomeScreen(): ReactNode {
  const command = useCommand();
  return (
    <>
      <main className="main welcome">
        <Logo big />
        <h1>{words.title}</h1>
        <ol>
          {words.lines.map((line, index) => (
            <li key={line.title}>
              <span className="empty-icon">
                <Icon of={ICONS[index] ?? KeyRound} />
              </span>
              <div>
                <strong>{line.title}</strong>
                <p>{line.body}</p>
              </div>
            </li>
          ))}
        </ol>
        <p className="hint">{words.honest}</p>
        <ProblemLine problem={command.problem} />
      </main>
      <footer className="footer">
        <Button
          look="primary"
          big
          autoFocus
          isPending={command.running}
          onPress={() => void command.run('close-welcome', null)}
        >
          {words.start}
        </Button>
      </footer>
    </>
  );
}
