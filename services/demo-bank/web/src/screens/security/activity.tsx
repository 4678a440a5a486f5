import type { ActivityEvent } from '@countersign/sdk-web';
import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Card } from '../../components/card.js';
import { Loaded } from '../../components/loaded.js';
import { ProblemAlert } from '../../components/problem-alert.js';
import { formatTime } from '../../format.js';
import { useServices } from '../../state/services.js';
import { useAction } from '../../state/use-action.js';
import { useLoad } from '../../state/use-load.js';
import { describeEvent } from './describe-event.js';

const PAGE = 10;

/** The person's own history, newest first, page by page. */
export function Activity() {
  const { countersign } = useServices();
  const newest = useLoad(() => countersign.activity({ limit: PAGE }));
  const [older, setOlder] = useState<{ events: ActivityEvent[]; nextCursor?: string }>();
  const { run, pending, error } = useAction();
  const more = (cursor: string) =>
    run(async () => {
      const page = await countersign.activity({ cursor, limit: PAGE });
      setOlder((former) => ({ ...page, events: [...(former?.events ?? []), ...page.events] }));
    });
  const reload = () => {
    setOlder(undefined);
    void newest.reload();
  };
  const refresh = (
    <Button size="xs" variant="default" onClick={reload}>
      Refresh activity
    </Button>
  );
  return (
    <Card title="Activity" description="What was done with your account." actions={refresh}>
      <Loaded state={newest}>
        {(page) => {
          const cursor = (older ?? page).nextCursor;
          return (
            <Stack gap="sm" align="flex-start">
              <Events events={[...page.events, ...(older?.events ?? [])]} />
              <ProblemAlert error={error} />
              {cursor && (
                <Button variant="default" loading={pending} onClick={() => more(cursor)}>
                  Show older activity
                </Button>
              )}
            </Stack>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Events({ events }: { events: ActivityEvent[] }) {
  if (events.length === 0)
    return <Text c="dimmed">Nothing has happened yet. It can take a moment to appear here.</Text>;
  return (
    <ul className="rows full">
      {events.map((event) => (
        <EventRow key={event.id} event={event} />
      ))}
    </ul>
  );
}

const EventRow = ({ event }: { event: ActivityEvent }) => (
  <Group component="li" justify="space-between" align="flex-start" gap="sm">
    <div className="anywhere">
      <Text fw={600}>{describeEvent(event)}</Text>
      <Text size="sm" c="dimmed">
        {[formatTime(event.time), event.details?.address, event.details?.userAgent].filter(Boolean).join(' · ')}
      </Text>
    </div>
    {event.outcome === 'refused' && <Badge color="red.9">Refused</Badge>}
  </Group>
);
