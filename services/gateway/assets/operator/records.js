// The table of events: one row each, and its leaf as it stands in the log.

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });

/** Rows of one event: what it says at a glance, and the leaf, closed until asked for. */
export function eventRows({ index, log, event }) {
  const leaf = leafRow(event);
  const row = document.createElement('tr');
  row.append(
    cell(TIME.format(new Date(event.time)), 'th'),
    cell(event.type),
    outcomeCell(event),
    cell(event.subject ?? '–'),
    cell(`${log} · ${index}`),
    leafButtonCell(leaf),
  );
  return [row, leaf];
}

function cell(text, name = 'td') {
  const element = document.createElement(name);
  if (name === 'th') element.scope = 'row';
  element.textContent = text;
  return element;
}

function outcomeCell({ outcome, code }) {
  const element = cell(code ? `${outcome}: ${code}` : outcome);
  element.classList.toggle('refused', outcome === 'refused');
  return element;
}

function leafRow(event) {
  const row = document.createElement('tr');
  const holder = document.createElement('td');
  const text = document.createElement('pre');
  holder.colSpan = 6;
  holder.className = 'leaf';
  text.textContent = JSON.stringify(event, undefined, 2);
  holder.append(text);
  row.append(holder);
  row.id = `leaf-${event.id}`;
  row.hidden = true;
  return row;
}

function leafButtonCell(leaf) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'plain small';
  button.textContent = 'Leaf';
  button.setAttribute('aria-controls', leaf.id);
  button.setAttribute('aria-expanded', 'false');
  button.addEventListener('click', () => {
    leaf.hidden = !leaf.hidden;
    button.setAttribute('aria-expanded', String(!leaf.hidden));
  });
  const holder = document.createElement('td');
  holder.append(button);
  return holder;
}
