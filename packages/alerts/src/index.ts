export { type Delivery, deliveryJson, deliveryText, type Repeats } from './delivery.ts';
