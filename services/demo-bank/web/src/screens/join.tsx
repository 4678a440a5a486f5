import { useState } from 'react';
import { JoinDetails } from './join-details.js';
import { JoinDone } from './join-done.js';
import { JoinPasskey } from './join-passkey.js';
import { Welcome } from './welcome.js';

type Step = { name: 'details' } | { name: 'passkey'; userName: string } | { name: 'done'; userName: string };

const TITLES: Record<Step['name'], string> = {
  details: 'Become a customer',
  passkey: 'Add your passkey',
  done: 'Welcome to the bank',
};

/** Becoming a customer: say who you are, add a passkey, sign in with it. */
export function Join() {
  const [step, setStep] = useState<Step>({ name: 'details' });
  return (
    <Welcome title={TITLES[step.name]} lead="An account in two steps, without a password.">
      {step.name === 'details' && <JoinDetails onDone={(userName) => setStep({ name: 'passkey', userName })} />}
      {step.name === 'passkey' && <JoinPasskey onDone={() => setStep({ name: 'done', userName: step.userName })} />}
      {step.name === 'done' && <JoinDone userName={step.userName} />}
    </Welcome>
  );
}
