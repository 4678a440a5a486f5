// The operators' page: a passkey by one-time link, sign-in, and the search of a tenant's records. It uses the public API
// and the same library as every bank's page.
import { Countersign, CountersignProblem } from '/operator/sdk/index.js';
import { problemOf } from '/operator/sdk/problem.js';
import { eventRows } from '/operator/records.js';

const CLIENT_ID = 'countersign-operators';
const platform = new Countersign({ baseUrl: location.origin, clientId: CLIENT_ID });
const byId = (id) => document.getElementById(id);

let ticket = takeTicket();
let nextCursor;

/** The ticket out of the address, which forgets it at once: neither history nor a shared link keeps it. */
function takeTicket() {
  const found = new URLSearchParams(location.hash.slice(1)).get('ticket');
  if (location.hash !== '') history.replaceState(null, '', location.pathname);
  return found ?? undefined;
}

function show(section) {
  for (const id of ['enroll', 'sign-in', 'records']) byId(id).hidden = id !== section;
  byId('sign-out').hidden = section !== 'records';
}

function say(text) {
  byId('status').textContent = text;
}

/** Runs what a button asks for; a refusal is told where a screen reader announces it. */
async function attempt(button, work) {
  byId('problem').hidden = true;
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    tell(error);
  } finally {
    button.disabled = false;
  }
}

function tell(error) {
  if (!(error instanceof CountersignProblem)) throw error;
  const wrong = error.details.errors?.map(({ path, message }) => `${path} ${message}`).join('; ');
  byId('problem').textContent = wrong ? `${error.message} ${wrong}.` : error.message;
  byId('problem').hidden = false;
  if (error.status === 401 && !byId('records').hidden) show('sign-in');
}

async function enroll() {
  const pin = byId('pin').value.trim();
  if (ticket !== undefined) {
    await openTicket(pin === '' ? undefined : pin);
    ticket = undefined;
  }
  await platform.register();
  say('Your passkey is added. Sign in with it.');
  show('sign-in');
}

async function openTicket(pin) {
  try {
    await platform.openTicket(ticket, pin);
  } catch (error) {
    if (error instanceof CountersignProblem && error.code === 'ticket_pin_wrong') byId('pin-field').hidden = false;
    throw error;
  }
}

async function signIn() {
  await platform.signIn();
  say('');
  show('records');
  byId('tenant').focus();
}

async function search(cursor) {
  const query = new URLSearchParams({ limit: '50' });
  for (const [name, value] of new FormData(byId('search'))) {
    const time = name === 'from' || name === 'to';
    if (value.trim() !== '') query.set(name, time ? new Date(value).toISOString() : value.trim());
  }
  if (cursor) query.set('cursor', cursor);
  const page = await fetchEvents(query);
  if (!cursor) byId('rows').replaceChildren();
  byId('rows').append(...page.events.flatMap(eventRows));
  const count = byId('rows').childElementCount / 2;
  byId('count').textContent = count === 0 ? 'No event matches.' : `${count} ${count === 1 ? 'event' : 'events'} shown.`;
  byId('found').hidden = count === 0;
  nextCursor = page.nextCursor;
  byId('older').hidden = nextCursor === undefined;
}

async function fetchEvents(query) {
  const response = await fetch(`/v1/audit/events?${query}`, {
    headers: { 'Countersign-Client': CLIENT_ID },
    cache: 'no-store',
  });
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

async function signOut() {
  await platform.signOut();
  byId('rows').replaceChildren();
  byId('count').textContent = '';
  byId('found').hidden = true;
  byId('older').hidden = true;
  say('You are signed out.');
  show('sign-in');
}

function onSubmit(form, work) {
  byId(form).addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(event.submitter, work);
  });
}

const onClick = (id, work) => byId(id).addEventListener('click', (event) => void attempt(event.currentTarget, work));

onSubmit('enroll-form', enroll);
onSubmit('search', () => search());
onClick('sign-in-button', signIn);
onClick('older', () => search(nextCursor));
onClick('sign-out', signOut);

addEventListener('hashchange', () => {
  ticket = takeTicket() ?? ticket;
  if (ticket !== undefined) show('enroll');
});

if (ticket !== undefined) show('enroll');
else show((await platform.session().catch(tell)) ? 'records' : 'sign-in');
