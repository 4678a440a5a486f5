import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Payee } from '../bank-api.js';
import { ProblemAlert } from '../components/problem-alert.js';
import { formatMoney } from '../format.js';
import { useAnnounce } from '../state/announcer.js';
import { navigate } from '../state/routing.js';
import { useServices } from '../state/services.js';
import { useAction } from '../state/use-action.js';
import { useForm } from '../state/use-form.js';

const AMOUNT = /^(0|[1-9]\d{0,8})([.,]\d{1,2})?$/;

export function TransferForm({ payees }: { payees: Payee[] }) {
  const { bank } = useServices();
  const announce = useAnnounce();
  const { run, pending, error } = useAction();
  const [payeeId, setPayeeId] = useState(payees[0]?.id ?? '');
  const [amount, setAmount] = useState('');
  const [reference, setReference] = useState('');
  const form = useForm({ amount: !AMOUNT.test(amount.trim()) && 'Please enter an amount such as 25.00.' });
  const submit = form.submit(() =>
    run(async () => {
      const order = { payeeId, amount: plainAmount(amount), reference: reference.trim() };
      await bank.transfer(order);
      navigate('/account');
      announce(`${formatMoney({ amount: order.amount, currency: 'EUR' })} was transferred.`);
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack maw="32rem">
        <ProblemAlert error={error} />
        <NativeSelect
          label="Payee"
          data={payees.map(({ id, name }) => ({ value: id, label: name }))}
          value={payeeId}
          onChange={(event) => setPayeeId(event.currentTarget.value)}
        />
        <TextInput
          label="Amount in euros"
          inputMode="decimal"
          autoComplete="off"
          maxLength={12}
          required
          value={amount}
          error={form.errors.amount}
          onChange={(event) => setAmount(event.currentTarget.value)}
        />
        <TextInput
          label="Reference"
          description="The payee sees it."
          autoComplete="off"
          maxLength={140}
          value={reference}
          onChange={(event) => setReference(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={pending}>
            Transfer
          </Button>
          <Button variant="default" onClick={() => navigate('/account')}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** As the bank's server expects it: a point and two places. */
function plainAmount(text: string): string {
  const [whole = '0', places = ''] = text.trim().split(/[.,]/);
  return `${whole}.${places.padEnd(2, '0')}`;
}
