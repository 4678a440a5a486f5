import { Button, Group, Stack, Text } from '@mantine/core';
import type { Booking, Overview } from '../bank-api.js';
import { Card } from '../components/card.js';
import { Loaded } from '../components/loaded.js';
import { ScreenTitle } from '../components/screen-title.js';
import { formatDay, formatIban, formatMoney } from '../format.js';
import { navigate } from '../state/routing.js';
import { useServices } from '../state/services.js';
import { useLoad } from '../state/use-load.js';

/** The banking home: balance and what happened lately, from the bank's own server. */
export function Account() {
  const { bank } = useServices();
  const account = useLoad(() => bank.account());
  return (
    <Stack gap="lg">
      <ScreenTitle>Your account</ScreenTitle>
      <Loaded state={account}>
        {(overview) => (
          <>
            <Balance overview={overview} />
            <Card title="Recent transfers">
              <Bookings bookings={overview.bookings} />
            </Card>
          </>
        )}
      </Loaded>
    </Stack>
  );
}

const Balance = ({ overview: { displayName, account } }: { overview: Overview }) => (
  <section className="account-card card" aria-label="Balance">
    <Stack gap="md">
      <Text>Hello, {displayName}</Text>
      <div>
        <Text size="sm">Balance</Text>
        <Text className="balance figure">{formatMoney(account.balance)}</Text>
      </div>
      <Group justify="space-between" gap="md">
        <Text size="sm" className="figure-iban">
          {formatIban(account.iban)}
        </Text>
        <Group gap="sm">
          <Button color="white" c="dark.8" onClick={() => navigate('/transfer')}>
            New transfer
          </Button>
          <Button variant="outline" color="white" onClick={() => navigate('/payees/new')}>
            Add a payee
          </Button>
        </Group>
      </Group>
    </Stack>
  </section>
);

const Bookings = ({ bookings }: { bookings: Booking[] }) => (
  <ul className="rows">
    {bookings.map((booking) => (
      <Group component="li" key={booking.id} justify="space-between" align="flex-start" gap="md" wrap="nowrap">
        <div className="anywhere">
          <Text fw={600}>{booking.counterparty}</Text>
          <Text size="sm" c="dimmed">
            {[formatDay(booking.time), booking.reference].filter(Boolean).join(' · ')}
          </Text>
        </div>
        <Text fw={600} className="figure">
          {formatMoney(booking.money, true)}
        </Text>
      </Group>
    ))}
  </ul>
);
