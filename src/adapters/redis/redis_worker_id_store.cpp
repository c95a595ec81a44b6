#include "adapters/redis/redis_worker_id_store.hpp"

namespace flotilla::redis {

namespace {

// Fields: 0 … 31 hold "node expires"; run: the server that the rest is known from; open: no grants before it.
const std::string kCommon = R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local node, lease, grace, run = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
if redis.call('HGET', KEYS[1], 'run') ~= run then
  redis.call('HSET', KEYS[1], 'run', run, 'open', string.format('%.0f', now + lease + grace))
end
local function holder(place)
  local text = redis.call('HGET', KEYS[1], place)
  if not text then return nil, 0 end
  local space = string.find(text, ' ', 1, true)
  return string.sub(text, 1, space - 1), tonumber(string.sub(text, space + 1))
end
local function hold(place)
  redis.call('HSET', KEYS[1], place, node .. ' ' .. string.format('%.0f', now + lease))
end
)";

const Script kAcquire(kCommon + R"(
local best, best_expiry
for place = 0, 31 do
  local who, expires = holder(place)
  if who == node then
    hold(place)
    return {place, 0}
  end
  if (not who or expires + grace < now) and (not best or expires < best_expiry) then
    best, best_expiry = place, expires
  end
end
local wait = tonumber(redis.call('HGET', KEYS[1], 'open')) - now
if wait > 0 then return {-1, math.ceil(wait)} end
if not best then return {-1, 0} end
hold(best)
return {best, 0}
)");

const Script kRenew(kCommon + R"(
local who = holder(ARGV[5])
if who and who ~= node then return 0 end
hold(ARGV[5])
return 1
)");

const Script kRelease(kCommon + R"(
if holder(ARGV[5]) == node then redis.call('HDEL', KEYS[1], ARGV[5]) end
return 1
)");

}  // namespace

/// Of the server that the next command goes to. Without it a restart could not be noticed.
Task<std::string> RedisWorkerIdStore::run_id() {
  const std::shared_ptr<RedisClient> client = client_;
  std::string known = client->server_run_id();
  if (!known.empty()) co_return known;
  Command ping{"PING"};
  co_await client->command(std::move(ping));
  known = client->server_run_id();
  if (known.empty())
    throw cluster::Unavailable(cluster::Unavailable::Why::refused, client->url().service(),
                               "INFO does not tell the run_id, which leases on worker ids need");
  co_return known;
}

Task<cluster::WorkerIdStore::Grant> RedisWorkerIdStore::acquire(cluster::NodeId node, Millis lease) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::string> keys{key_};
  std::vector<std::string> args{std::move(node), std::to_string(lease.count()),
                                std::to_string(cluster::kWorkerIdGrace.count()), co_await run_id()};
  const Reply reply = co_await client->run(kAcquire, std::move(keys), std::move(args));
  const std::int64_t place = reply.at(0).integer();
  if (place < 0) co_return Grant{std::nullopt, Millis{reply.at(1).integer()}};
  co_return Grant{static_cast<int>(place), Millis{0}};
}

Task<bool> RedisWorkerIdStore::renew(cluster::NodeId node, int worker, Millis lease) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::string> keys{key_};
  std::vector<std::string> args{std::move(node), std::to_string(lease.count()),
                                std::to_string(cluster::kWorkerIdGrace.count()), co_await run_id(),
                                std::to_string(worker)};
  co_return (co_await client->run(kRenew, std::move(keys), std::move(args))).integer() == 1;
}

Task<void> RedisWorkerIdStore::release(cluster::NodeId node, int worker) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::string> keys{key_};
  std::vector<std::string> args{std::move(node), "0", std::to_string(cluster::kWorkerIdGrace.count()),
                                co_await run_id(), std::to_string(worker)};
  co_await client->run(kRelease, std::move(keys), std::move(args));
}

}  // namespace flotilla::redis
