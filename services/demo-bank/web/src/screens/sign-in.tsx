import { Button, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { PasskeyIcon } from '../components/icons.js';
import { Link } from '../components/link.js';
import { NoPasskeys } from '../components/no-passkeys.js';
import { ProblemAlert } from '../components/problem-alert.js';
import { usePasskeySupport } from '../state/use-passkey-support.js';
import { usePasskeySignIn } from './use-passkey-sign-in.js';
import { Welcome } from './welcome.js';

/** Signing in: by picking a passkey from the autofill, by user name, or with any passkey of this device. */
export function SignIn() {
  const support = usePasskeySupport();
  const [userName, setUserName] = useState('');
  const signIn = usePasskeySignIn(support?.autofill ?? false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn.start(userName.trim() || undefined);
  };
  return (
    <Welcome title="Good to see you" lead="Sign in with your fingerprint, your face or your screen lock.">
      <form onSubmit={submit} noValidate>
        <Stack>
          <Title order={2}>Sign in</Title>
          {support?.passkeys === false && <NoPasskeys />}
          <ProblemAlert error={signIn.error} />
          <TextInput
            label="User name"
            description="Leave it empty to choose from the passkeys on this device."
            name="username"
            autoComplete="username webauthn"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
            size="md"
            value={userName}
            onFocus={signIn.offer}
            onChange={(event) => setUserName(event.currentTarget.value)}
          />
          <Button
            type="submit"
            size="md"
            leftSection={<PasskeyIcon />}
            loading={signIn.pending}
            disabled={support?.passkeys === false}
          >
            Sign in with a passkey
          </Button>
          <Text>
            New here? <Link href="/join">Become a customer</Link>
          </Text>
        </Stack>
      </form>
    </Welcome>
  );
}
