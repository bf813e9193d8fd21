// Shows what is wrong above every screen, with the one thing to do about it.
import { CircleAlert, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useDesktopState } from '../desktop.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/card.tsx';
import { ProblemLine } from '../parts/problem-line.tsx';
import { useCommand } from '../parts/use-command.ts';
import { SignInBanner } from '../sign-in/sign-in-banner.tsx';
import { bannersOf, type Banner } from '../words/trouble.ts';

/** `signIn`: whether the screen leaves it to the banner to sign in. */
export function Banners(props: { readonly signIn: boolean }): ReactNode {
  const state = useDesktopState();
  return (
    <div className="banners" role="status">
      {props.signIn && <SignInBanner />}
      {bannersOf(state).map((banner) => (
        <BannerBox key={banner.id} banner={banner} />
      ))}
    </div>
  );
}

function BannerBox(props: { readonly banner: Banner }): ReactNode {
  const { banner } = props;
  const command = useCommand();
  const { action } = banner;
  return (
    <div className={`notice banner ${banner.tone}`}>
      <Icon of={iconOf(banner)} className={banner.busy ? 'notice-icon spin' : 'notice-icon'} />
      <div className="grow">
        <strong>{banner.title}</strong>
        <p>{banner.body}</p>
        {banner.list.length > 0 && (
          <ul className="problems">
            {banner.list.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )}
        {action !== null && (
          <Button isPending={command.running} onPress={() => void command.run(action.command, action.args)}>
            {action.label}
          </Button>
        )}
        <ProblemLine problem={command.problem} />
      </div>
    </div>
  );
}

function iconOf(banner: Banner): typeof CircleAlert {
  if (banner.busy) return LoaderCircle;
  return banner.tone === 'bad' ? TriangleAlert : CircleAlert;
}
