#pragma once

#include "adapters/redis/script.hpp"

/// The queue's decisions, each made whole by the server. KEYS[1] is the channel's base key; the other keys
/// are made from it, as the server is one and not a cluster of them.
namespace flotilla::redis {

/// ARGV: dedup window in ms; then for each message id, priority (1 high, 2 normal, 3 low), delay in ms, dedup
/// key or "", text. Answers 1 or 0 for each.
extern const Script kPublishScript;
/// ARGV: consumer, max, lease in ms, how often a message may be abandoned, bytes after which no more is
/// taken. Answers {pause in ms until something may be due, or -1; then for each message receipt, retried,
/// abandoned, text}.
extern const Script kClaimScript;
/// ARGV: dedup window in ms; then for each receipt, outcome (d done, r retry, x dead), pause in ms or reason.
extern const Script kSettleScript;
/// ARGV: lease in ms; then receipts. Answers 1 or 0 for each.
extern const Script kRenewScript;
/// ARGV: most letters; then ids, or none: the oldest. Answers how many were put back.
extern const Script kReplayScript;
/// No ARGV. Answers how many are ready, delayed, worked on and dead, and the age in ms of the oldest of the
/// ready and the worked on, or -1.
extern const Script kDepthScript;

}  // namespace flotilla::redis
