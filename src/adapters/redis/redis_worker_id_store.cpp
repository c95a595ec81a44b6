#include "adapters/redis/redis_worker_id_store.hpp"

namespace flotilla::redis {

namespace {

// Fields: 0 … 31 hold "expires lease run node", the times in ms; run, founded, wait: the server that has told
// us of all places since `founded` + `wait`. The run id is asked for within the script: a client's knowledge
// of it may be that of the server before.
const std::string kCommon = R"(
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
if not run then
  return redis.error_reply('NOPERM INFO does not tell the run_id, which leases on worker ids need')
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local node, place, lease, grace = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local function text_of(number) return string.format('%.0f', number) end
-- How long nothing is granted yet.
local function closed_for()
  local state = redis.call('HMGET', KEYS[1], 'run', 'founded', 'wait')
  local founded, wait, changed = tonumber(state[2]), tonumber(state[3]), false
  if state[1] ~= run or now < founded then founded, wait, changed = now, 0, true end
  if (changed or now < founded + wait) and lease + grace > wait then wait, changed = lease + grace, true end
  if changed then redis.call('HSET', KEYS[1], 'run', run, 'founded', text_of(founded), 'wait', text_of(wait)) end
  return math.max(0, founded + wait - now)
end
-- Who has a place, until when, and from which server.
local function holder(at)
  local text = redis.call('HGET', KEYS[1], at)
  if not text then return nil, 0 end
  local expires, length, from, who = string.match(text, '^(%d+) (%d+) (%x+) (.*)$')
  if tonumber(expires) > now + tonumber(length) then  -- the clock was set back
    expires = text_of(now + tonumber(length))
    redis.call('HSET', KEYS[1], at, expires .. ' ' .. length .. ' ' .. from .. ' ' .. who)
  end
  return who, tonumber(expires), from
end
local function hold(at)
  redis.call('HSET', KEYS[1], at, text_of(now + lease) .. ' ' .. text_of(lease) .. ' ' .. run .. ' ' .. node)
  return {tonumber(at), now + lease}
end
)";

// Answers {place, end of the lease}, or {-1, how long to wait}.
const Script kAcquire(kCommon + R"(
local wait = closed_for()
local best, best_expiry
for at = 0, 31 do
  local who, expires, from = holder(at)
  if who == node and (from == run or wait == 0) then return hold(at) end
  if (not who or expires + grace < now) and (not best or expires < best_expiry) then
    best, best_expiry = at, expires
  end
end
if wait > 0 then return {-1, math.ceil(wait)} end
if not best then return {-1, 0} end
return hold(best)
)");

// ARGV[5]: the end of the lease that the node knows of, or 0. Answers like kAcquire.
const Script kRenew(kCommon + R"(
local wait = closed_for()
local who, expires, from = holder(place)
local certain = who and (from == run or wait == 0)
if certain and who ~= node then return {-1, 0} end
-- Until the end of its lease and the grace the place was given to nobody else, whatever was forgotten since.
-- Later somebody may live on it who has not reported yet.
if not certain and wait > 0 and now > tonumber(ARGV[5]) + grace then return {-1, 0} end
return hold(place)
)");

const Script kRelease(kCommon + R"(
if holder(place) == node then redis.call('HDEL', KEYS[1], place) end
return 1
)");

std::vector<std::string> arguments(const cluster::NodeId& node, int worker, Millis lease) {
  return {node, std::to_string(worker), std::to_string(lease.count()),
          std::to_string(cluster::kWorkerIdGrace.count())};
}

}  // namespace

void RedisWorkerIdStore::Ends::set(const Place& place, std::int64_t end) {
  std::lock_guard lock(mutex_);
  ends_[place] = end;
}

std::int64_t RedisWorkerIdStore::Ends::get(const Place& place) const {
  std::lock_guard lock(mutex_);
  const auto found = ends_.find(place);
  return found == ends_.end() ? 0 : found->second;
}

void RedisWorkerIdStore::Ends::erase(const Place& place) {
  std::lock_guard lock(mutex_);
  ends_.erase(place);
}

Task<cluster::WorkerIdStore::Grant> RedisWorkerIdStore::acquire(cluster::NodeId node, Millis lease) {
  const std::shared_ptr<RedisClient> client = client_;
  const std::shared_ptr<Ends> ends = ends_;
  std::vector<std::string> keys{key_};
  std::vector<std::string> args = arguments(node, 0, lease);
  const Reply reply = co_await client->run(kAcquire, std::move(keys), std::move(args));
  const std::int64_t place = reply.at(0).integer(), detail = reply.at(1).integer();
  if (place < 0) co_return Grant{std::nullopt, Millis{detail}};
  ends->set({node, static_cast<int>(place)}, detail);
  co_return Grant{static_cast<int>(place), Millis{0}};
}

Task<bool> RedisWorkerIdStore::renew(cluster::NodeId node, int worker, Millis lease) {
  const std::shared_ptr<RedisClient> client = client_;
  const std::shared_ptr<Ends> ends = ends_;
  std::vector<std::string> keys{key_};
  std::vector<std::string> args = arguments(node, worker, lease);
  args.push_back(std::to_string(ends->get({node, worker})));
  const Reply reply = co_await client->run(kRenew, std::move(keys), std::move(args));
  if (reply.at(0).integer() < 0) {
    ends->erase({node, worker});
    co_return false;
  }
  ends->set({node, worker}, reply.at(1).integer());
  co_return true;
}

Task<void> RedisWorkerIdStore::release(cluster::NodeId node, int worker) {
  const std::shared_ptr<RedisClient> client = client_;
  ends_->erase({node, worker});
  std::vector<std::string> keys{key_};
  std::vector<std::string> args = arguments(node, worker, Millis{0});
  co_await client->run(kRelease, std::move(keys), std::move(args));
}

}  // namespace flotilla::redis
