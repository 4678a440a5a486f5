import { useEffect, type ReactNode } from 'react';
import { Loading } from './components/loading.js';
import { Shell } from './components/shell.js';
import { Account } from './screens/account.js';
import { AddPayee } from './screens/add-payee.js';
import { Join } from './screens/join.js';
import { Missing } from './screens/missing.js';
import { Payees } from './screens/payees.js';
import { Security } from './screens/security.js';
import { SignIn } from './screens/sign-in.js';
import { NewTransfer } from './screens/transfer.js';
import { Unreachable } from './screens/unreachable.js';
import { navigate, usePath } from './state/routing.js';
import { useSession } from './state/session.js';

const FOR_STRANGERS: Record<string, () => ReactNode> = { '/': SignIn, '/join': Join };

const FOR_CUSTOMERS: Record<string, () => ReactNode> = {
  '/account': Account,
  '/payees': Payees,
  '/payees/new': AddPayee,
  '/transfer': NewTransfer,
  '/security': Security,
};

/** The screen of the address, as far as the person may see it. */
export function Routes() {
  const path = usePath();
  const { status } = useSession();
  const aside = redirectOf(path, status);
  useEffect(() => {
    if (aside) navigate(aside, { replace: true });
  }, [aside]);
  const Screen = FOR_STRANGERS[path] ?? FOR_CUSTOMERS[path] ?? Missing;
  return (
    <Shell>
      {status === 'unreachable' ? <Unreachable /> : status === 'loading' || aside ? <Loading /> : <Screen key={path} />}
    </Shell>
  );
}

function redirectOf(path: string, status: string): string | undefined {
  if (status === 'signed-out' && path in FOR_CUSTOMERS) return '/';
  if (status === 'signed-in' && path in FOR_STRANGERS) return '/account';
  return undefined;
}
