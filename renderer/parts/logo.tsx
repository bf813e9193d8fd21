// The mark of the product: a ring that is not whole, as a pass that ends.
import type { ReactNode } from 'react';

export function Logo(props: { readonly big?: boolean }): ReactNode {
  return (
    <svg className={props.big === true ? 'logo big' : 'logo'} viewBox="0 0 20 20" aria-hidden="true">
      <rect className="logo-ground" width="20" height="20" rx="6" />
      <path className="logo-ring" d="M13.6 6.6A5 5 0 1 0 13.6 13.4" pathLength="100" />
      <circle className="logo-dot" cx="14.6" cy="10" r="1.15" />
    </svg>
  );
}
