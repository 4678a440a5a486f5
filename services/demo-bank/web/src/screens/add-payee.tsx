import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { isIban } from '../../../src/iban.js';
import { PasskeyIcon } from '../components/icons.js';
import { ProblemAlert } from '../components/problem-alert.js';
import { ScreenTitle } from '../components/screen-title.js';
import { plainIban } from '../format.js';
import { useAnnounce } from '../state/announcer.js';
import { navigate } from '../state/routing.js';
import { useServices } from '../state/services.js';
import { useAction } from '../state/use-action.js';
import { useForm } from '../state/use-form.js';

/** A sensitive action: the passkey confirms exactly this name and this IBAN, and the bank's server checks that it did. */
export function AddPayee() {
  const { bank } = useServices();
  const announce = useAnnounce();
  const { run, pending, error } = useAction();
  const [name, setName] = useState('');
  const [iban, setIban] = useState('');
  const payee = { name: name.trim(), iban: plainIban(iban) };
  const form = useForm({
    name: payee.name === '' && 'Please enter the name of the payee.',
    iban: !isIban(payee.iban) && 'This is not a complete IBAN. Please check it digit by digit.',
  });
  const submit = form.submit(() =>
    run(async () => {
      await bank.addPayee(payee);
      navigate('/payees');
      announce(`${payee.name} was added to your payees.`);
    }),
  );
  return (
    <Stack gap="lg">
      <ScreenTitle>Add a payee</ScreenTitle>
      <form onSubmit={submit} noValidate className="surface card">
        <Stack maw="32rem">
          <Text>You confirm the payee with your passkey. After that you can transfer money to it at any time.</Text>
          <ProblemAlert error={error} />
          <TextInput
            label="Name of the payee"
            autoComplete="off"
            maxLength={64}
            required
            value={name}
            error={form.errors.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="IBAN"
            description="For example DE89 3704 0044 0532 0130 00"
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            maxLength={48}
            required
            value={iban}
            error={form.errors.iban}
            onChange={(event) => setIban(event.currentTarget.value)}
          />
          <Group>
            <Button type="submit" leftSection={<PasskeyIcon />} loading={pending}>
              Confirm with a passkey
            </Button>
            <Button variant="default" onClick={() => navigate('/payees')}>
              Cancel
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  );
}
