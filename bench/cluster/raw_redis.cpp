#include "raw_redis.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "adapters/redis/redis_url.hpp"
#include "measure.hpp"
#include "world.hpp"

namespace flotilla::bench {

RawRedis::RawRedis(const std::string& url) {
  const auto address = redis::RedisUrl::parse("FLOTILLA_BENCH_REDIS_URL", url);
  context_.reset(redisConnect(address.host.c_str(), address.port));
  if (!context_ || context_->err) throw std::runtime_error("hiredis cannot connect");
  redisEnableKeepAlive(context_.get());
}

void RawRedis::append(const std::vector<std::string>& command) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& part : command) {
    texts.push_back(part.data());
    sizes.push_back(part.size());
  }
  redisAppendCommandArgv(context_.get(), static_cast<int>(texts.size()), texts.data(), sizes.data());
}

RawRedis::Answer RawRedis::next() {
  void* reply = nullptr;
  if (redisGetReply(context_.get(), &reply) != REDIS_OK)
    throw std::runtime_error(std::string("hiredis: ") + context_->errstr);
  Answer answer(static_cast<redisReply*>(reply));
  if (answer->type == REDIS_REPLY_ERROR) throw std::runtime_error(std::string("Redis: ") + answer->str);
  return answer;
}

RawRedis::Answer RawRedis::run(const std::vector<std::string>& command) {
  append(command);
  return next();
}

double raw_redis_gets(const std::string& url, const std::string& key, std::size_t count, std::size_t window) {
  RawRedis redis(url);
  const std::vector<std::string> get = {"GET", key};
  const Stopwatch watch;
  std::size_t sent = 0;
  for (; sent < std::min(window, count); ++sent) redis.append(get);
  for (std::size_t got = 0; got < count; ++got) {
    const auto answer = redis.next();
    if (answer->type != REDIS_REPLY_STRING) throw std::runtime_error("hiredis: the key is not there");
    if (sent < count) {
      redis.append(get);
      ++sent;
    }
  }
  return static_cast<double>(count) / watch.seconds();
}

double raw_redis_stream(const std::string& url, std::size_t count, std::size_t batch,
                        const std::string& body) {
  RawRedis redis(url);
  const std::string stream = "raw:" + fresh_name();
  redis.run({"XGROUP", "CREATE", stream, "workers", "0", "MKSTREAM"});
  const std::vector<std::string> add = {"XADD", stream, "*", "p", body};
  const std::vector<std::string> take = {"XREADGROUP",          "GROUP",   "workers", "one", "COUNT",
                                         std::to_string(batch), "STREAMS", stream,    ">"};
  std::vector<std::string> ids;
  std::size_t settled = 0, sent = 0;
  const Stopwatch watch;
  while (settled < count) {
    const std::size_t finishing = ids.size(), adding = std::min(batch, count - sent);
    if (finishing > 0) {
      std::vector<std::string> ack = {"XACK", stream, "workers"}, del = {"XDEL", stream};
      ack.insert(ack.end(), ids.begin(), ids.end());
      del.insert(del.end(), ids.begin(), ids.end());
      redis.append(ack);
      redis.append(del);
    }
    for (std::size_t n = 0; n < adding; ++n) redis.append(add);
    if (adding > 0) redis.append(take);
    if (finishing > 0) {
      settled += static_cast<std::size_t>(redis.next()->integer);
      redis.next();
    }
    for (std::size_t n = 0; n < adding; ++n) redis.next();
    sent += adding;
    ids.clear();
    if (adding == 0) continue;
    const auto taken = redis.next();
    if (taken->type != REDIS_REPLY_ARRAY) throw std::runtime_error("hiredis: nothing to take");
    const redisReply* entries = taken->element[0]->element[1];
    for (std::size_t n = 0; n < entries->elements; ++n)
      ids.emplace_back(entries->element[n]->element[0]->str);
  }
  const double seconds = watch.seconds();
  redis.run({"DEL", stream});
  return static_cast<double>(count) / seconds;
}

std::vector<double> raw_redis_signals(const std::string& url, std::size_t count) {
  const std::string stream = "raw:" + fresh_name();
  std::vector<Stopwatch> sent(count);
  std::vector<double> out(count);
  std::atomic<std::size_t> heard{0};
  std::exception_ptr failure;
  std::jthread reader([&] {
    try {
      RawRedis redis(url);
      std::string last = "0-0";
      while (heard < count) {
        const auto answer = redis.run({"XREAD", "BLOCK", "20000", "STREAMS", stream, last});
        if (answer->type != REDIS_REPLY_ARRAY) throw std::runtime_error("hiredis: a signal did not come");
        const redisReply* entries = answer->element[0]->element[1];
        for (std::size_t n = 0; n < entries->elements; ++n, ++heard) out[heard] = sent[heard].seconds() * 1e3;
        last = entries->element[entries->elements - 1]->element[0]->str;
      }
    } catch (...) {
      failure = std::current_exception();
    }
  });
  RawRedis redis(url);
  for (std::size_t n = 0; n < count; ++n) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    sent[n] = Stopwatch();
    redis.run({"XADD", stream, "*", "m", "{\"n\":1}"});
  }
  reader.join();
  if (failure) std::rethrow_exception(failure);
  return out;
}

}  // namespace flotilla::bench
