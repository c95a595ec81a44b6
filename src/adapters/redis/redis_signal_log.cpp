#include "adapters/redis/redis_signal_log.hpp"

#include <map>

#include "base/random.hpp"

namespace flotilla::redis {

namespace {

using cluster::Signal;
using cluster::SignalBatch;
using cluster::SignalPosition;
using cluster::Unavailable;

constexpr std::size_t kEpochLength = 12;
constexpr const char* kBatchMax = "1000";

// KEYS: the stream, and a hash {epoch, last}. A channel without a hash has a new history.
const std::string kEpochOf = R"(
local epoch = redis.call('HGET', KEYS[2], 'epoch')
if not epoch then
  redis.call('DEL', KEYS[1])
  epoch = ARGV[1]
  redis.call('HSET', KEYS[2], 'epoch', epoch, 'last', 0)
end
)";

const Script kAppend(kEpochOf + R"(
local number = redis.call('HINCRBY', KEYS[2], 'last', 1)
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], number .. '-0', 'b', ARGV[2])
return {epoch, number}
)");

const Script kNewest(kEpochOf + R"(
return {epoch, redis.call('HGET', KEYS[2], 'last')}
)");

std::string meta_of(const std::string& stream) { return stream + ":meta"; }

/// The run id before and after a call is the same: all of it is about one server process.
std::string same_server(const RedisClient& client, const std::string& before) {
  std::string after = client.server_run_id();
  if (after.empty() && client.connected())
    throw Unavailable(Unavailable::Why::auth, client.url().service(),
                      "INFO does not tell the run_id, which signals need");
  if (before.empty() || before != after)
    throw Unavailable(Unavailable::Why::network, client.url().service(), "the server changed during a call");
  return after;
}

std::uint64_t number_of(const std::string& entry_id) { return std::strtoull(entry_id.c_str(), nullptr, 10); }

}  // namespace

Task<SignalPosition> RedisSignalLog::append(std::string channel, std::string body) {
  const std::shared_ptr<RedisClient> client = client_;
  const std::string key = stream(channel);
  std::vector<std::string> keys{key, meta_of(key)};
  std::vector<std::string> args{random_uid(Random::system(), kEpochLength), std::move(body),
                                std::to_string(options_.keep)};
  const Reply reply = co_await client->run(kAppend, std::move(keys), std::move(args));
  co_return SignalPosition{reply.at(0).text() + "@" + client->server_run_id(),
                           static_cast<std::uint64_t>(reply.at(1).integer())};
}

Task<SignalPosition> RedisSignalLog::newest(std::string channel) {
  const std::shared_ptr<RedisClient> client = client_;
  const std::string key = stream(channel);
  Command ping{"PING"};
  co_await client->command(std::move(ping));
  const std::string run = client->server_run_id();
  std::vector<std::string> keys{key, meta_of(key)};
  std::vector<std::string> args{random_uid(Random::system(), kEpochLength)};
  const Reply reply = co_await client->run(kNewest, std::move(keys), std::move(args));
  co_return SignalPosition{reply.at(0).text() + "@" + same_server(*client, run),
                           static_cast<std::uint64_t>(reply.at(1).integer())};
}

Task<std::vector<SignalBatch>> RedisSignalLog::read(std::vector<Cursor> cursors, Millis wait) {
  const std::shared_ptr<RedisClient> client = client_;
  const std::string run = client->server_run_id();
  // What the channels are now, before anybody is waited for: another epoch would never show as a new entry.
  std::vector<SignalBatch> moved = co_await look(cursors, run, Reply());
  if (!moved.empty()) co_return moved;
  Command command{
      "XREAD",  "COUNT", kBatchMax, "BLOCK", std::to_string(std::max<std::int64_t>(1, wait.count())),
      "STREAMS"};
  for (const Cursor& cursor : cursors) command.push_back(stream(cursor.channel));
  for (const Cursor& cursor : cursors) command.push_back(std::to_string(cursor.after.number) + "-0");
  Reply entries = co_await client->blocking(std::move(command), wait);
  if (entries.is_nil()) co_return std::vector<SignalBatch>{};
  co_return co_await look(cursors, run, std::move(entries));
}

/// A batch for each channel that is not at its cursor. `entries`: what XREAD gave, or nil: then it is read
/// here.
Task<std::vector<SignalBatch>> RedisSignalLog::look(const std::vector<Cursor>& cursors,
                                                    const std::string& run, Reply entries) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<Command> commands;
  for (const Cursor& cursor : cursors)
    commands.push_back({"HMGET", meta_of(stream(cursor.channel)), "epoch", "last"});
  const std::vector<Reply> metas = co_await client->pipeline(std::move(commands));
  const std::string server = same_server(*client, run);
  std::map<std::string, Reply::Items> by_stream;
  for (const Reply& one : entries.items()) by_stream[one.at(0).text()] = one.at(1).items();
  std::vector<SignalBatch> out;
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    const Cursor& cursor = cursors[i];
    if (metas[i].is_error()) throw_error(client->url().service(), metas[i]);
    const bool known = !metas[i].at(0).is_nil();
    SignalBatch batch{cursor.channel,
                      {},
                      {(known ? metas[i].at(0).text() : "") + "@" + server,
                       known ? static_cast<std::uint64_t>(metas[i].at(1).integer()) : 0}};
    if (batch.newest == cursor.after) continue;
    const std::string key = stream(cursor.channel);
    const bool same_history = batch.newest.epoch == cursor.after.epoch;
    Reply::Items found;
    if (same_history && by_stream.contains(key)) {
      found = std::move(by_stream[key]);
    } else {
      Command range{"XRANGE", key,     same_history ? "(" + std::to_string(cursor.after.number) + "-0" : "-",
                    "+",      "COUNT", kBatchMax};
      found = (co_await client->command(std::move(range))).items();
    }
    for (const Reply& entry : found) {
      const std::uint64_t number = number_of(entry.at(0).text());
      batch.signals.push_back({{batch.newest.epoch, number}, entry.at(1).at(1).text()});
      batch.newest.number = std::max(batch.newest.number, number);
    }
    out.push_back(std::move(batch));
  }
  co_return out;
}

}  // namespace flotilla::redis
