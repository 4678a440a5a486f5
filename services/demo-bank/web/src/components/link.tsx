import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { navigate } from '../state/routing.js';

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { href: string };

/** A link within the page. Opening it in a new tab, or copying its address, works as with any link. */
export function Link({ href, className = 'link', ...others }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    navigate(href);
  };
  return <a {...others} href={href} className={className} onClick={follow} />;
}
