export { slackBody, slackText, telegramBody, telegramText } from './chat.ts';
export { type Delivery, deliveryJson, deliveryText, type Repeats } from './delivery.ts';
export { alertsErrors } from './errors.ts';
export { Folding, type FoldOptions } from './folding.ts';
export { type FileOptions, FileOutput, SyslogOutput } from './kept-outputs.ts';
export { MAIL_BATCH, type MailOptions, mailOf, mailText, openMail } from './mail.ts';
export { openProgram } from './program.ts';
export {
  type AlertOutput,
  Later,
  type OutputStats,
  type QueuedOptions,
  QueuedOutput,
  Refused,
  type Transport,
} from './queued-output.ts';
export { openStream } from './stream.ts';
export { jsonBody, openWebhook, type WebhookOptions } from './webhook.ts';
