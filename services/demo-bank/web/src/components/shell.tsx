import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { usePath } from '../state/routing.js';
import { useServices } from '../state/services.js';
import { useSession } from '../state/session.js';
import { useAction } from '../state/use-action.js';
import { Link } from './link.js';
import { Logo } from './logo.js';
import { ProblemAlert } from './problem-alert.js';

const NAVIGATION = [
  { href: '/account', label: 'Account' },
  { href: '/payees', label: 'Payees' },
  { href: '/security', label: 'Security' },
];

/** What surrounds every screen: skip link, header with navigation, main part. */
export function Shell({ children }: { children: ReactNode }) {
  const signedIn = useSession().status === 'signed-in';
  const signOut = useSignOut();
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="header">
        <div className="header-inner">
          <Link href={signedIn ? '/account' : '/'} className="brand">
            <Logo /> Larkmoor Bank
          </Link>
          {signedIn && <Navigation />}
          {signedIn && (
            <Button variant="default" px="sm" className="header-end" loading={signOut.pending} onClick={signOut.run}>
              Sign out
            </Button>
          )}
        </div>
      </header>
      <main id="main" className="main" tabIndex={-1}>
        <ProblemAlert error={signOut.error} />
        {children}
      </main>
    </>
  );
}

function Navigation() {
  const path = usePath();
  return (
    <nav aria-label="Main">
      {NAVIGATION.map(({ href, label }) => (
        <Link key={href} href={href} className="nav-link" aria-current={path === href ? 'page' : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}

function useSignOut() {
  const { countersign } = useServices();
  const { refresh } = useSession();
  const { run, pending, error } = useAction();
  const signOut = () =>
    run(async () => {
      await countersign.signOut();
      await refresh();
    });
  return { run: signOut, pending, error };
}
