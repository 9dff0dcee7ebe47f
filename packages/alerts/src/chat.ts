/** Alerts as messages of people's chats: Slack's incoming webhooks and Telegram's bots. Attackers' text is never markup. */
import type { Alert } from '@waspglass/rules';
import { type Delivery, deliveryText } from './delivery.ts';

const MARKS: Readonly<Record<Alert['rule']['priority'], string>> = {
  Emergency: '🔴',
  Alert: '🔴',
  Critical: '🔴',
  Error: '🟠',
  Warning: '🟡',
  Notice: '🔵',
  Informational: '⚪',
  Debug: '⚪',
};

/** Slack takes 40 000 characters, Telegram 4096. */
const SLACK_LIMIT = 3000;
const TELEGRAM_LIMIT = 3500;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Several messages become one request with a part each. */
export function slackBody(items: readonly string[]): string {
  const blocks = items.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text } }));
  return JSON.stringify({ text: items.join('\n'), blocks });
}

export function slackText(delivery: Delivery): string {
  const { rule, hostname } = delivery.alert;
  const head = `${MARKS[rule.priority]} *${entities(rule.name)}* on ${entities(hostname)}`;
  // A zero-width space keeps an attacker's backticks from ending the block.
  const body = entities(cut(deliveryText(delivery), SLACK_LIMIT)).replace(/`/g, '`\u200b');
  return `${head}\n\`\`\`${body}\`\`\``;
}

/** Plain text: Telegram reads no markup in it. */
export function telegramText(delivery: Delivery): string {
  const { rule, hostname } = delivery.alert;
  return cut(`${MARKS[rule.priority]} ${rule.name} on ${hostname}\n${deliveryText(delivery)}`, TELEGRAM_LIMIT);
}

export function telegramBody(chat: string): (items: readonly string[]) => string {
  return (items) =>
    JSON.stringify({ chat_id: chat, text: items.join('\n\n'), link_preview_options: { is_disabled: true } });
}

function entities(text: string): string {
  return text.replace(/[&<>]/g, (c) => ENTITIES[c] ?? c);
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit).toWellFormed()}…`;
}
