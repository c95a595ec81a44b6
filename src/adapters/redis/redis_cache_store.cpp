#include "adapters/redis/redis_cache_store.hpp"

#include <unordered_set>

#include "cluster/cache/object_edit.hpp"

namespace flotilla::redis {

namespace {

// Sets the value if it is still what it was ('0': nothing), and leaves its life as it is.
const Script kReplace(R"(
local now = redis.call('GET', KEYS[1])
if ARGV[1] == '0' then
  if now then return 0 end
elseif now ~= ARGV[2] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[3], 'KEEPTTL')
return 1
)");

}  // namespace

std::string escape_glob(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '^' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

Task<std::vector<std::optional<std::string>>> RedisCacheStore::get(std::vector<std::string> keys) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::optional<std::string>> found(keys.size());
  if (keys.empty()) co_return found;
  Command command;
  command.reserve(keys.size() + 1);
  command.push_back("MGET");
  for (std::string& key : keys) command.push_back(std::move(key));
  Reply::Items items = (co_await client->command(std::move(command))).items();
  for (std::size_t i = 0; i < found.size() && i < items.size(); ++i)
    if (!items[i].is_nil()) found[i] = std::move(items[i]).text();
  co_return found;
}

Task<void> RedisCacheStore::set(std::vector<Entry> entries, std::optional<Millis> ttl) {
  const std::shared_ptr<RedisClient> client = client_;
  if (entries.empty()) co_return;
  if (!ttl || ttl->count() <= 0) {
    Command command{"MSET"};
    for (Entry& entry : entries) {
      command.push_back(std::move(entry.key));
      command.push_back(std::move(entry.value));
    }
    co_await client->command(std::move(command));
    co_return;
  }
  const std::string life = std::to_string(ttl->count());
  std::vector<Command> commands;
  for (Entry& entry : entries)
    commands.push_back({"SET", std::move(entry.key), std::move(entry.value), "PX", life});
  if (commands.size() == 1)
    co_await client->command(std::move(commands.front()));
  else
    co_await client->transaction(std::move(commands));
}

Task<std::int64_t> RedisCacheStore::erase(std::vector<std::string> keys) {
  const std::shared_ptr<RedisClient> client = client_;
  if (keys.empty()) co_return 0;
  Command command{"UNLINK"};
  for (std::string& key : keys) command.push_back(std::move(key));
  co_return (co_await client->command(std::move(command))).integer();
}

Task<cluster::CacheStore::Life> RedisCacheStore::life(std::string key) {
  const std::shared_ptr<RedisClient> client = client_;
  Command command{"PTTL", std::move(key)};
  const std::int64_t left = (co_await client->command(std::move(command))).integer();
  Life life;
  life.present = left != -2;
  life.forever = left == -1;
  if (left > 0) life.left = Millis(left);
  co_return life;
}

Task<std::vector<std::string>> RedisCacheStore::keys(std::string prefix) {
  const std::shared_ptr<RedisClient> client = client_;
  const std::string pattern = escape_glob(prefix) + "*";
  std::unordered_set<std::string> found;  // SCAN may give a key twice
  std::string cursor = "0";
  do {
    Command command{"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"};
    Reply::Items page = (co_await client->command(std::move(command))).items();
    if (page.size() != 2) throw RedisError(client->url().service(), "SCAN answered something unknown");
    cursor = page[0].text();
    for (Reply& key : std::move(page[1]).items()) found.insert(std::move(key).text());
  } while (cursor != "0");
  std::vector<std::string> all;
  all.reserve(found.size());
  while (!found.empty()) all.push_back(std::move(found.extract(found.begin()).value()));
  co_return all;
}

Task<void> RedisCacheStore::edit_object(std::string key, std::string name, std::optional<std::string> value) {
  const std::shared_ptr<RedisClient> client = client_;
  for (int tries = 0; tries < kEditTriesMax; ++tries) {
    Command read{"GET", key};
    std::optional<std::string> before;
    try {
      Reply reply = co_await client->command(std::move(read));
      if (!reply.is_nil()) before = std::move(reply).text();
    } catch (const RedisError& error) {
      if (error.code() == "WRONGTYPE") throw bad_request("the cached value of \"" + key + "\" is no object");
      throw;
    }
    if (!before && !value) co_return;
    const std::optional<std::string> after = cluster::edited_object(before, key, name, value);
    if (!after) co_return;
    std::vector<std::string> keys{key};
    std::vector<std::string> args{before ? "1" : "0", before.value_or(""), *after};
    const Reply replaced = co_await client->run(kReplace, std::move(keys), std::move(args));
    if (replaced.integer() == 1) co_return;
  }
  throw cluster::Unavailable(cluster::Unavailable::Why::timeout, client->url().service(),
                             "\"" + key + "\" changes too often to be edited");
}

}  // namespace flotilla::redis
