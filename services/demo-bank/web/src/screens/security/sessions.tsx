import type { Session } from '@countersign/sdk-web';
import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { Card } from '../../components/card.js';
import { Loaded } from '../../components/loaded.js';
import { ProblemAlert } from '../../components/problem-alert.js';
import { formatTime, platformName } from '../../format.js';
import { useAnnounce } from '../../state/announcer.js';
import { useServices } from '../../state/services.js';
import { useSession } from '../../state/session.js';
import { useAction } from '../../state/use-action.js';
import { useLoad } from '../../state/use-load.js';

/** Where the person is signed in. An ended session is dead at once, on whatever device it was. */
export function Sessions() {
  const { countersign } = useServices();
  const { refresh } = useSession();
  const announce = useAnnounce();
  const sessions = useLoad(() => countersign.sessions());
  const { run, pending, error } = useAction();
  const change = (act: () => Promise<string>) =>
    run(async () => {
      announce(await act());
      await Promise.all([sessions.reload(), refresh()]);
    });
  const end = (session: Session) =>
    change(async () => {
      await countersign.endSession(session.id);
      return 'The session was ended.';
    });
  return (
    <Card title="Where you are signed in">
      <Stack gap="sm">
        <ProblemAlert error={error} />
        <Loaded state={sessions}>
          {(list) => (
            <ul className="rows">
              {list.map((session) => (
                <SessionRow key={session.id} session={session} busy={pending} onEnd={() => void end(session)} />
              ))}
            </ul>
          )}
        </Loaded>
        <Group gap="sm">
          <Button
            variant="default"
            disabled={pending}
            onClick={() => change(async () => endedMessage(await countersign.signOutOthers()))}
          >
            Sign out everywhere else
          </Button>
          <Button
            variant="default"
            disabled={pending}
            onClick={() => change(async () => endedMessage(await countersign.signOutAll()))}
          >
            Sign out everywhere
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

const endedMessage = (ended: number): string =>
  ended === 0 ? 'You were signed in nowhere else.' : `${ended} ${ended === 1 ? 'session was' : 'sessions were'} ended.`;

const SessionRow = ({ session, busy, onEnd }: { session: Session; busy: boolean; onEnd: () => void }) => (
  <Group component="li" justify="space-between" gap="sm">
    <div className="anywhere">
      <Group gap="xs">
        <Text fw={600}>{platformName(session.platform)}</Text>
        {session.current && <Badge>This device</Badge>}
      </Group>
      <Text size="sm" c="dimmed">
        signed in {formatTime(session.createdAt)} · last active {formatTime(session.lastActiveAt)}
      </Text>
    </div>
    <Button
      size="xs"
      variant="default"
      disabled={busy}
      aria-label={`End the session on ${platformName(session.platform)} of ${formatTime(session.createdAt)}`}
      onClick={onEnd}
    >
      End
    </Button>
  </Group>
);
