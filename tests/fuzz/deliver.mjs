// Sends planned bytes and says what came back.
import { Wire } from '../lib/wire.mjs';

const answerMsMax = 10_000;
/** A server that refuses a large body may close while it is still being sent; a small request always gets its answer. */
const smallBytes = 32_000;

const said500 = (answer) => {
  const error = answer.body?.errors?.[0];
  const traceable = error?.code === 'INTERNAL_ERROR' && Boolean(error.id || answer.headers['x-request-id']);
  return { traceable, id: error?.id ?? answer.headers['x-request-id'], text: typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body) };
};

/** Everything until the peer closes; for requests whose framing is broken nobody can say how many answers are due. */
async function drain(wire, method, timeoutMs) {
  const answers = [];
  wire.end();
  for (;;) {
    const answer = await wire.next({ method, timeoutMs });
    if (!answer) return answers;
    answers.push(answer);
    // After an upgrade the peer waits for frames, not for more requests.
    if (answer.status === 101) return answers;
  }
}

/** {statuses, errors: [500s], fault: what breaks a promise, or null} */
export async function deliver(port, plan, timeoutMs = answerMsMax) {
  const wire = new Wire(port);
  const result = { statuses: [], errors: [], fault: null };
  try {
    await wire.connected;
    wire.write(plan.bytes);
    let answers = [];
    if (plan.answers === null) {
      answers = await drain(wire, plan.method, timeoutMs);
    } else {
      for (let i = 0; i < plan.answers; ++i) {
        const answer = await wire.next({ method: plan.answers === 1 ? plan.method : 'GET', timeoutMs });
        if (!answer) break;
        answers.push(answer);
        if (/\bclose\b/i.test(answer.headers.connection ?? '') || answer.status === 101) break;
      }
      if (answers.length === 0 && plan.bytes.length < smallBytes) result.fault = 'closed without an answer to a whole request';
    }
    result.statuses = answers.map((answer) => answer.status);
    result.errors = answers.filter((answer) => answer.status === 500).map(said500);
    if (answers.length === 0) result.statuses = ['closed'];
  } catch (error) {
    // Spoilt bytes may turn a GET into a HEAD and the like: then the answers cannot be told apart by rule.
    if (/timeout/.test(error.message)) result.fault = `hang: ${error.message}`;
    else if (/ECONNREFUSED/.test(error.message)) result.fault = 'nobody listens any more';
    else if (plan.answers !== null && plan.bytes.length < smallBytes) result.fault = error.message;
    result.statuses = ['broken'];
  } finally {
    wire.destroy();
  }
  for (const error of result.errors) if (!error.traceable) result.fault ??= `500 without an error id: ${error.text.slice(0, 200)}`;
  return result;
}
