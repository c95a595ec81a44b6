#include "adapters/redis/redis_queue_scripts.hpp"

#include <string>

namespace flotilla::redis {

namespace {

// A stream's entry has the fields i (id), r (retried) and p (text). What waits in `later` and `letters` is "r
// prio text", "reason-length r prio reason text".
const std::string kCommon = R"(
local base = KEYS[1]
local bands = {base .. 'high', base .. 'normal', base .. 'low'}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text_of(number) return string.format('%.0f', number) end
local added = 0
local function enqueue(prio, id, retried, text)
  redis.call('XADD', bands[tonumber(prio)], '*', 'i', id, 'r', retried, 'p', text)
  added = added + 1
end
local function delay(prio, id, retried, text, ms)
  redis.call('ZADD', base .. 'delayed', text_of(now + ms), id)
  redis.call('HSET', base .. 'later', id, retried .. ' ' .. prio .. ' ' .. text)
end
-- A token for each message that came, but no more than could be waited for.
local function wake()
  if added == 0 then return end
  local tokens = {}
  for n = 1, math.min(added, 16) do tokens[n] = '1' end
  redis.call('LPUSH', base .. 'wake', unpack(tokens))
  redis.call('LTRIM', base .. 'wake', 0, 63)
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
  redis.call('ZADD', base .. 'dead', text_of(now), id)
  redis.call('HSET', base .. 'letters', id, #reason .. ' ' .. retried .. ' ' .. prio .. ' ' .. reason .. text)
  forget(id)
end
local function fields(entry)
  local f = {}
  for n = 1, #entry, 2 do f[entry[n]] = entry[n + 1] end
  return f.i, f.r, f.p
end
-- A receipt is "prio:entry:count:id".
local function parts(receipt)
  return string.match(receipt, '^(%d):([%d-]+):(%d+):(.*)$')
end
)";

}  // namespace

const Script kPublishScript(kCommon + R"(
local window = tonumber(ARGV[1])
local out = {}
for n = 2, #ARGV, 5 do
  local id, prio, ms, key, text = ARGV[n], ARGV[n + 1], tonumber(ARGV[n + 2]), ARGV[n + 3], ARGV[n + 4]
  local taken = 1
  if key ~= '' and not redis.call('SET', base .. 'dedup:' .. key, id, 'NX') then taken = 0 end
  if taken == 1 and redis.call('SADD', base .. 'live', id) == 0 then
    taken = 0
    if key ~= '' then redis.call('DEL', base .. 'dedup:' .. key) end
  end
  if taken == 1 then
    if key ~= '' then redis.call('HSET', base .. 'keyed', id, text_of(now + window) .. ' ' .. key) end
    if ms > 0 then delay(prio, id, '0', text, ms) else enqueue(prio, id, '0', text) end
  end
  out[#out + 1] = taken
end
wake()
return out
)");

const Script kClaimScript(kCommon + R"(
local consumer, max, lease, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local out = {-1}
local leases = {}
local function hand_out(prio, entry, count, id, retried, text)
  local receipt = prio .. ':' .. entry .. ':' .. count .. ':' .. id
  leases[#leases + 1] = text_of(now + lease)
  leases[#leases + 1] = receipt
  out[#out + 1] = receipt
  out[#out + 1] = retried
  out[#out + 1] = count - 1
  out[#out + 1] = text
  max = max - 1
end
-- What has become due.
local due = redis.call('ZRANGEBYSCORE', base .. 'delayed', '-inf', text_of(now), 'LIMIT', 0, 256)
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
-- What its consumer has left: the group's record of it passes to us.
local lapsed = redis.call('ZRANGEBYSCORE', base .. 'leases', '-inf', '(' .. text_of(now), 'LIMIT', 0, max)
for _, receipt in ipairs(lapsed) do
  redis.call('ZREM', base .. 'leases', receipt)
  local prio, entry, count, id = parts(receipt)
  local stream = bands[tonumber(prio)]
  local got = redis.call('XCLAIM', stream, 'workers', consumer, 0, entry)
  if got[1] and got[1][2] then
    local _, retried, text = fields(got[1][2])
    if tonumber(count) > most then
      bury(prio, id, retried, text, 'its consumers vanished too often')
      redis.call('XACK', stream, 'workers', entry)
      redis.call('XDEL', stream, entry)
    else
      hand_out(prio, entry, tonumber(count) + 1, id, retried, text)
    end
  end
end
-- What is new, the highest band first.
for prio = 1, 3 do
  if max > 0 and redis.call('EXISTS', bands[prio]) == 1 then
    local got = redis.pcall('XREADGROUP', 'GROUP', 'workers', consumer, 'COUNT', max, 'STREAMS', bands[prio], '>')
    if got and got.err then
      redis.call('XGROUP', 'CREATE', bands[prio], 'workers', '0')
      got = redis.call('XREADGROUP', 'GROUP', 'workers', consumer, 'COUNT', max, 'STREAMS', bands[prio], '>')
    end
    if got then
      for _, entry in ipairs(got[1][2]) do
        local id, retried, text = fields(entry[2])
        hand_out(prio, entry[1], 1, id, retried, text)
      end
    end
  end
end
-- More has become due than we take: others wait for it.
if max <= 0 then wake() end
if #leases > 0 then redis.call('ZADD', base .. 'leases', unpack(leases)) end
local next_at
for _, set in ipairs({'delayed', 'leases'}) do
  local first = redis.call('ZRANGE', base .. set, 0, 0, 'WITHSCORES')
  if first[2] and (not next_at or tonumber(first[2]) < next_at) then next_at = tonumber(first[2]) end
end
if next_at then out[1] = math.max(0, math.ceil(next_at - now)) + 1 end
return out
)");

const Script kSettleScript(kCommon + R"(
local gone, acked, ended = {}, {{}, {}, {}}, {}
for n = 1, #ARGV, 3 do
  local receipt, outcome, detail = ARGV[n], ARGV[n + 1], ARGV[n + 2]
  local lease_end = redis.call('ZSCORE', base .. 'leases', receipt)
  if lease_end and tonumber(lease_end) > now then
    local prio, entry, count, id = parts(receipt)
    local stream = bands[tonumber(prio)]
    if outcome == 'd' then
      ended[#ended + 1] = id
    else
      local kept = redis.call('XRANGE', stream, entry, entry)
      if kept[1] then
        local _, retried, text = fields(kept[1][2])
        if outcome == 'r' then
          retried = text_of(tonumber(retried) + 1)
          if tonumber(detail) > 0 then delay(prio, id, retried, text, tonumber(detail)) else enqueue(prio, id, retried, text) end
        else
          bury(prio, id, retried, text, detail)
        end
      end
    end
    gone[#gone + 1] = receipt
    local band = acked[tonumber(prio)]
    band[#band + 1] = entry
  end
end
if #gone > 0 then redis.call('ZREM', base .. 'leases', unpack(gone)) end
for prio = 1, 3 do
  if #acked[prio] > 0 then
    redis.call('XACK', bands[prio], 'workers', unpack(acked[prio]))
    redis.call('XDEL', bands[prio], unpack(acked[prio]))
  end
end
if #ended > 0 then
  redis.call('SREM', base .. 'live', unpack(ended))
  if redis.call('EXISTS', base .. 'keyed') == 1 then
    for _, id in ipairs(ended) do release_key(id) end
  end
end
wake()
return #gone
)");

const Script kRenewScript(kCommon + R"(
local lease = tonumber(ARGV[1])
local out, kept = {}, {}
for n = 2, #ARGV do
  local lease_end = redis.call('ZSCORE', base .. 'leases', ARGV[n])
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
  if letter then
    local first = string.find(letter, ' ', 1, true)
    local size = string.sub(letter, 1, first - 1)
    local second = string.find(letter, ' ', first + 1, true)
    local prio = string.sub(letter, second + 1, second + 1)
    local text = string.sub(letter, second + 3 + tonumber(size))
    redis.call('ZREM', base .. 'dead', id)
    redis.call('HDEL', base .. 'letters', id)
    redis.call('SADD', base .. 'live', id)
    enqueue(prio, id, '0', text)
    count = count + 1
  end
end
wake()
return count
)");

}  // namespace flotilla::redis
