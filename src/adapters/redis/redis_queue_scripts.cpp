#include "adapters/redis/redis_queue_scripts.hpp"

#include <string>

namespace flotilla::redis {

namespace {

// A stream's entry has the fields i (id), r (retried) and p (text), in this order. What waits in `later` and
// `letters` is "r prio text", "reason-length r prio reason text".
const std::string kCommon = R"(
local base = KEYS[1]
local bands = {base .. 'high', base .. 'normal', base .. 'low'}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text_of(number) return string.format('%.0f', number) end
local now_text = text_of(now)
local added, sooner = 0, false
local function enqueue(prio, id, retried, text)
  redis.call('XADD', bands[tonumber(prio)], '*', 'i', id, 'r', retried, 'p', text)
  added = added + 1
end
local function delay(prio, id, retried, text, ms)
  redis.call('ZADD', base .. 'delayed', text_of(now + ms), id)
  redis.call('HSET', base .. 'later', id, retried .. ' ' .. prio .. ' ' .. text)
  if redis.call('ZRANGE', base .. 'delayed', 0, 0)[1] == id then sooner = true end
end
-- A token for each message that came, up to more than there are waiters, less those that nobody has taken yet;
-- and one when something is due sooner than those who wait know.
local function wake()
  local wanted = math.min(added, 64)
  if wanted == 0 and sooner then wanted = 1 end
  if wanted > 0 then wanted = wanted - redis.call('LLEN', base .. 'wake') end
  if wanted <= 0 then return end
  local tokens = {}
  for n = 1, wanted do tokens[n] = '1' end
  redis.call('LPUSH', base .. 'wake', unpack(tokens))
end
-- Its dedup key, if it has one, ends with the window that was begun when it was published.
local function release_key(id)
  local keyed = redis.call('HGET', base .. 'keyed', id)
  if not keyed then return end
  redis.call('HDEL', base .. 'keyed', id)
  local space = string.find(keyed, ' ', 1, true)
  local left = tonumber(string.sub(keyed, 1, space - 1)) - now
  local key = base .. 'dedup:' .. string.sub(keyed, space + 1)
  if left > 0 then redis.call('PEXPIRE', key, text_of(left)) else redis.call('DEL', key) end
end
local function forget(id)
  redis.call('SREM', base .. 'live', id)
  release_key(id)
end
local function bury(prio, id, retried, text, reason)
  redis.call('ZADD', base .. 'dead', now_text, id)
  redis.call('HSET', base .. 'letters', id, #reason .. ' ' .. retried .. ' ' .. prio .. ' ' .. reason .. text)
  forget(id)
end
local function fields(entry) return entry[2], entry[4], entry[6] end
-- A receipt is "prio:entry:count:time:id". The time tells it from that of a claim which the server forgot.
local function parts(receipt)
  return string.match(receipt, '^(%d):([%d-]+):(%d+):%d+:(.*)$')
end
)";

}  // namespace

// An id is known while its message waits or runs, when it is a dead letter, and for a while after it ended:
// its publisher may not have heard that it was taken.
//
// Arguments: the window of dedup keys, the number of messages; then of all of them the ids, the texts, and
// the options: a priority, or "priority delay key".
const Script kPublishScript(kCommon + R"(
local window, count = tonumber(ARGV[1]), tonumber(ARGV[2])
local known, out = {}, {}
for _, set in ipairs({'live', 'ended', 'ended-before'}) do
  if redis.call('EXISTS', base .. set) == 1 then
    for n, found in ipairs(redis.call('SMISMEMBER', base .. set, unpack(ARGV, 3, count + 2))) do
      if found == 1 then known[ARGV[n + 2]] = true end
    end
  end
end
if redis.call('EXISTS', base .. 'dead') == 1 then
  for n, score in ipairs(redis.call('ZMSCORE', base .. 'dead', unpack(ARGV, 3, count + 2))) do
    if score then known[ARGV[n + 2]] = true end
  end
end
local fresh, taken = {}, 0
for n = 1, count do
  local id, text, options = ARGV[n + 2], ARGV[n + 2 + count], ARGV[n + 2 + count * 2]
  local take = not known[id]
  local prio, ms, key = options, 0, ''
  if take and #options > 1 then
    prio, ms, key = string.match(options, '^(%d) (%d+) (.*)$')
    ms = tonumber(ms)
    take = key == '' or redis.call('SET', base .. 'dedup:' .. key, id, 'NX')
    if take and key ~= '' then redis.call('HSET', base .. 'keyed', id, text_of(now + window) .. ' ' .. key) end
  end
  if take then
    known[id] = true
    taken = taken + 1
    fresh[taken] = id
    if ms > 0 then delay(prio, id, '0', text, ms) else enqueue(prio, id, '0', text) end
  end
  out[n] = take and 1 or 0
end
if taken > 0 then redis.call('SADD', base .. 'live', unpack(fresh)) end
wake()
return out
)");

const Script kClaimScript(kCommon + R"(
local consumer, max, lease, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local bytes = tonumber(ARGV[5])
local out, given = {-1}, 0
local leases = {}
local lease_end = text_of(now + lease)
local function hand_out(prio, entry, count, id, retried, text)
  local receipt = prio .. ':' .. entry .. ':' .. count .. ':' .. now_text .. ':' .. id
  leases[given * 2 + 1], leases[given * 2 + 2] = lease_end, receipt
  local at = given * 4 + 1
  out[at + 1], out[at + 2], out[at + 3], out[at + 4] = receipt, retried, count - 1, text
  given, max, bytes = given + 1, max - 1, bytes - #text
end
local function no_group(got) return got and got.err and string.find(got.err, 'NOGROUP', 1, true) end
-- What has become due.
local due = redis.call('ZRANGEBYSCORE', base .. 'delayed', '-inf', now_text, 'LIMIT', 0, 256)
for _, id in ipairs(due) do
  local kept = redis.call('HGET', base .. 'later', id)
  redis.call('ZREM', base .. 'delayed', id)
  redis.call('HDEL', base .. 'later', id)
  if kept then
    local first = string.find(kept, ' ', 1, true)
    local retried, prio, text = string.sub(kept, 1, first - 1), string.sub(kept, first + 1, first + 1), string.sub(kept, first + 3)
    enqueue(prio, id, retried, text)
  end
end
-- What its consumer has left.
local lapsed = redis.call('ZRANGEBYSCORE', base .. 'leases', '-inf', '(' .. now_text, 'LIMIT', 0, max)
for _, receipt in ipairs(lapsed) do
  if bytes <= 0 then break end
  local prio, entry, count, id = parts(receipt)
  local stream = bands[tonumber(prio)]
  local kept = redis.call('XRANGE', stream, entry, entry)[1]
  redis.call('ZREM', base .. 'leases', receipt)
  if kept then
    local _, retried, text = fields(kept[2])
    if tonumber(count) > most then
      bury(prio, id, retried, text, 'its consumers vanished too often')
      redis.call('XDEL', stream, entry)
    else
      hand_out(prio, entry, tonumber(count) + 1, id, retried, text)
    end
  else
    forget(id)  -- somebody deleted its stream
  end
end
-- What is new, the highest band first; in portions that grow while messages are small, as what was read cannot be
-- put back. The group says what was given out; who has it until when is in the leases, so that a record of the
-- group's own (NOACK) would only cost: it is written for each message, to the disk too.
local portion = 32
for prio = 1, 3 do
  local more = max > 0 and bytes > 0 and redis.call('EXISTS', bands[prio]) == 1
  while more do
    local count, before = math.min(max, portion), bytes
    local got = redis.pcall('XREADGROUP', 'GROUP', 'workers', consumer, 'COUNT', count, 'NOACK', 'STREAMS', bands[prio], '>')
    if no_group(got) then
      redis.call('XGROUP', 'CREATE', bands[prio], 'workers', '0')
      got = redis.call('XREADGROUP', 'GROUP', 'workers', consumer, 'COUNT', count, 'NOACK', 'STREAMS', bands[prio], '>')
    end
    local entries = got and not got.err and got[1][2] or {}
    for n = 1, #entries do
      local entry = entries[n][2]
      hand_out(prio, entries[n][1], 1, entry[2], entry[4], entry[6])
    end
    more = #entries == count and max > 0 and bytes > 0
    portion = before - bytes < 65536 and 256 or 32
  end
end
-- More may have become due than we take: others wait for it. Where nothing is, tokens say nothing any more.
if max <= 0 or bytes <= 0 then wake() end
if given == 0 and redis.call('EXISTS', base .. 'delayed') == 0 then redis.call('DEL', base .. 'wake') end
if given > 0 then redis.call('ZADD', base .. 'leases', unpack(leases)) end
local next_at
for _, set in ipairs({'delayed', 'leases'}) do
  local first = redis.call('ZRANGE', base .. set, 0, 0, 'WITHSCORES')
  if first[2] and (not next_at or tonumber(first[2]) < next_at) then next_at = tonumber(first[2]) end
end
if next_at then out[1] = math.max(0, math.ceil(next_at - now)) + 1 end
return out
)");

// Arguments: the window of ended ids, the number of settlements that are done; of those the receipts, the
// entries and the ids, all of one band, which comes third; then "receipt outcome detail" of the others.
const Script kSettleScript(kCommon + R"(
local gone, settled, ended, seen = {}, {{}, {}, {}}, {}, {}
local done = tonumber(ARGV[2])
if done > 0 then
  local band = settled[tonumber(ARGV[3])]
  local lease_ends = redis.call('ZMSCORE', base .. 'leases', unpack(ARGV, 4, done + 3))
  local count = 0
  for n = 1, done do
    local lease_end, receipt = lease_ends[n], ARGV[n + 3]
    if lease_end and tonumber(lease_end) > now and not seen[receipt] then
      seen[receipt] = true
      count = count + 1
      gone[count], band[count], ended[count] = receipt, ARGV[n + 3 + done], ARGV[n + 3 + done * 2]
    end
  end
end
for n = 4 + done * 3, #ARGV, 3 do
  local receipt, outcome, detail = ARGV[n], ARGV[n + 1], ARGV[n + 2]
  local lease_end = redis.call('ZSCORE', base .. 'leases', receipt)
  if lease_end and tonumber(lease_end) > now and not seen[receipt] then
    seen[receipt] = true
    local prio, entry, count, id = parts(receipt)
    local stream = bands[tonumber(prio)]
    local kept = redis.call('XRANGE', stream, entry, entry)
    if not kept[1] then
      forget(id)
    else
      local _, retried, text = fields(kept[1][2])
      if outcome == 'x' then
        bury(prio, id, retried, text, detail)
      else
        retried = text_of(tonumber(retried) + 1)
        if tonumber(detail) > 0 then delay(prio, id, retried, text, tonumber(detail)) else enqueue(prio, id, retried, text) end
      end
    end
    gone[#gone + 1] = receipt
    local band = settled[tonumber(prio)]
    band[#band + 1] = entry
  end
end
if #gone > 0 then redis.call('ZREM', base .. 'leases', unpack(gone)) end
for prio = 1, 3 do
  if #settled[prio] > 0 then redis.call('XDEL', bands[prio], unpack(settled[prio])) end
end
if #ended > 0 then
  redis.call('SREM', base .. 'live', unpack(ended))
  if redis.call('EXISTS', base .. 'keyed') == 1 then
    for _, id in ipairs(ended) do release_key(id) end
  end
  -- Two generations: the older one goes when the younger is full, both go with the window.
  redis.call('SADD', base .. 'ended', unpack(ended))
  redis.call('PEXPIRE', base .. 'ended', ARGV[1])
  if redis.call('SCARD', base .. 'ended') >= 100000 then
    redis.call('UNLINK', base .. 'ended-before')
    redis.call('RENAME', base .. 'ended', base .. 'ended-before')
  end
end
wake()
return #gone
)");

const Script kRenewScript(kCommon + R"(
local lease = tonumber(ARGV[1])
local out, kept, receipts = {}, {}, {}
for n = 2, #ARGV do receipts[#receipts + 1] = ARGV[n] end
local lease_ends = redis.call('ZMSCORE', base .. 'leases', unpack(receipts))
for n = 2, #ARGV do
  local lease_end = lease_ends[n - 1]
  local valid = lease_end and tonumber(lease_end) > now
  if valid then
    kept[#kept + 1] = text_of(now + lease)
    kept[#kept + 1] = ARGV[n]
  end
  out[#out + 1] = valid and 1 or 0
end
if #kept > 0 then redis.call('ZADD', base .. 'leases', unpack(kept)) end
return out
)");

const Script kReplayScript(kCommon + R"(
local ids = {}
for n = 2, #ARGV do ids[#ids + 1] = ARGV[n] end
if #ids == 0 then ids = redis.call('ZRANGE', base .. 'dead', 0, tonumber(ARGV[1]) - 1) end
local count = 0
for _, id in ipairs(ids) do
  local letter = redis.call('HGET', base .. 'letters', id)
  redis.call('ZREM', base .. 'dead', id)
  if letter then
    local first = string.find(letter, ' ', 1, true)
    local size = string.sub(letter, 1, first - 1)
    local second = string.find(letter, ' ', first + 1, true)
    local prio = string.sub(letter, second + 1, second + 1)
    local text = string.sub(letter, second + 3 + tonumber(size))
    redis.call('HDEL', base .. 'letters', id)
    redis.call('SADD', base .. 'live', id)
    enqueue(prio, id, '0', text)
    count = count + 1
  end
end
wake()
return count
)");

// An entry's id begins with the time at which it was added; those that are worked on are still there.
const Script kDepthScript(kCommon + R"(
local held, oldest = 0, -1
for _, band in ipairs(bands) do
  if redis.call('EXISTS', band) == 1 then
    held = held + redis.call('XLEN', band)
    local first = redis.call('XRANGE', band, '-', '+', 'COUNT', 1)[1]
    if first then oldest = math.max(oldest, now - tonumber(string.match(first[1], '^(%d+)'))) end
  end
end
local running = redis.call('ZCARD', base .. 'leases')
return {math.max(0, held - running), redis.call('ZCARD', base .. 'delayed'), running,
        redis.call('ZCARD', base .. 'dead'), oldest}
)");

}  // namespace flotilla::redis
