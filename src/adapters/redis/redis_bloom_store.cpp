#include "adapters/redis/redis_bloom_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/redis/bloom_header.hpp"

namespace flotilla::redis {

namespace {

// All bits at once, so that a server without the memory for them says so here.
const Script kReserve(R"(
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SETBIT', KEYS[1], ARGV[2], 0)
return 1
)");

const Script kAdd(R"(
local header = redis.call('GETRANGE', KEYS[1], 0, 63)
if header ~= ARGV[1] then return header end
for i = 2, #ARGV do redis.call('SETBIT', KEYS[1], ARGV[i], 1) end
return 1
)");

const Script kExists(R"(
local header = redis.call('GETRANGE', KEYS[1], 0, 63)
if header ~= ARGV[1] then return header end
for i = 2, #ARGV do
  if redis.call('GETBIT', KEYS[1], ARGV[i]) == 0 then return 0 end
end
return 1
)");

Error not_reserved(const std::string& key) {
  return not_found("the Bloom filter \"" + key + "\" is not reserved");
}

bool is_bitmap(const RedisError& error) { return error.code() == "WRONGTYPE"; }

}  // namespace

Task<bool> RedisBloomStore::has_module() {
  const std::string run_id = client_->server_run_id();
  {
    std::lock_guard lock(mutex_);
    if (probed_ == run_id) co_return has_module_;
  }
  bool has = false;
  try {
    Command command{"COMMAND", "INFO", "BF.INSERT"};
    const Reply reply = co_await client_->command(std::move(command));
    has = reply.size() == 1 && reply.at(0).is_array() && reply.at(0).size() > 0;
  } catch (const RedisError&) {  // a server without COMMAND has no modules either
  } catch (const cluster::Unavailable& error) {
    if (error.why != cluster::Unavailable::Why::auth)
      throw;  // a user that may not ask uses what needs no module
  }
  std::lock_guard lock(mutex_);
  probed_ = run_id;
  has_module_ = has;
  co_return has;
}

Task<void> RedisBloomStore::reserve(std::string key, double error_rate, std::int64_t capacity) {
  const Shape shape = Shape::of(error_rate, capacity);  // checks the numbers, whoever keeps the filter
  if (co_await has_module()) {
    try {
      Command command{"BF.RESERVE", key, fmt::format("{}", error_rate), std::to_string(capacity)};
      co_await client_->command(std::move(command));
    } catch (const RedisError& error) {
      if (!is_bitmap(error) && error.text().find("exists") == std::string::npos) throw;
    }
    co_return;
  }
  if (shape.bits > kBloomBitsMax) throw bad_request("the Bloom filter would be larger than 512 MiB");
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{bloom_header(shape), std::to_string(kBloomFirstBit + shape.bits - 1)};
  co_await client_->run(kReserve, std::move(keys), std::move(args));
}

Task<void> RedisBloomStore::add(std::string key, std::vector<std::string> values) {
  const bool module = co_await has_module();
  for (std::size_t from = 0; from < values.size(); from += kValuesAtOnce) {
    const std::size_t to = std::min(values.size(), from + kValuesAtOnce);
    std::vector<std::string> part(values.begin() + static_cast<std::ptrdiff_t>(from),
                                  values.begin() + static_cast<std::ptrdiff_t>(to));
    bool bits = !module;
    if (module) {
      Command command{"BF.INSERT", key, "NOCREATE", "ITEMS"};
      command.insert(command.end(), part.begin(), part.end());
      try {
        const Reply reply = co_await client_->command(std::move(command));
        for (const Reply& one : reply.items())
          if (one.is_error()) throw_error(client_->url().service(), one);
      } catch (const RedisError& error) {
        if (error.text().find("not found") != std::string::npos) throw not_reserved(key);
        if (!is_bitmap(error)) throw;
        bits = true;
      }
    }
    if (bits) co_await add_bits(key, std::move(part));
  }
}

Task<bool> RedisBloomStore::exists(std::string key, std::string value) {
  if (co_await has_module()) {
    Command command{"BF.EXISTS", key, value};
    try {
      const Reply reply = co_await client_->command(std::move(command));
      co_return reply.integer() != 0;
    } catch (const RedisError& error) {
      if (!is_bitmap(error)) throw;
    }
  }
  co_return co_await exists_bits(std::move(key), std::move(value));
}

Task<void> RedisBloomStore::add_bits(std::string key, std::vector<std::string> values) {
  if (!co_await run_bits(kAdd, key, std::move(values))) throw not_reserved(key);
}

Task<bool> RedisBloomStore::exists_bits(std::string key, std::string value) {
  std::vector<std::string> values;
  values.push_back(std::move(value));
  co_return co_await run_bits(kExists, std::move(key), std::move(values)) == 1;
}

Task<std::optional<RedisBloomStore::Shape>> RedisBloomStore::shape_of(std::string key) {
  {
    std::lock_guard lock(mutex_);
    if (const auto known = shapes_.find(key); known != shapes_.end()) co_return known->second;
  }
  Command command{"GETRANGE", key, "0", std::to_string(kBloomHeaderBytes - 1)};
  const Reply header = co_await client_->command(std::move(command));
  co_return learn(key, header.text());
}

std::optional<RedisBloomStore::Shape> RedisBloomStore::learn(const std::string& key,
                                                             const std::string& header) {
  const std::optional<Shape> shape = read_bloom_header(header);
  if (!shape && !header.empty())
    throw RedisError(client_->url().service(), "\"" + key + "\" holds something else than a Bloom filter");
  std::lock_guard lock(mutex_);
  if (shape)
    shapes_[key] = *shape;
  else
    shapes_.erase(key);
  return shape;
}

Task<std::optional<std::int64_t>> RedisBloomStore::run_bits(const Script& script, std::string key,
                                                            std::vector<std::string> values) {
  std::optional<Shape> shape = co_await shape_of(key);
  while (shape) {  // again only when somebody removed the filter and made one of another shape
    std::vector<std::string> keys{key};
    std::vector<std::string> args{bloom_header(*shape)};
    for (const std::string& value : values)
      for (const std::uint64_t place : shape->positions(value))
        args.push_back(std::to_string(kBloomFirstBit + place));
    const Reply reply = co_await client_->run(script, std::move(keys), std::move(args));
    if (reply.kind() == Reply::Kind::integer) co_return reply.integer();
    shape = learn(key, reply.text());
  }
  co_return std::nullopt;
}

}  // namespace flotilla::redis
