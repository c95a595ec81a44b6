#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>

#include "adapters/redis/reply.hpp"

struct redisReader;

namespace flotilla::redis {

/// The server sent what is no RESP2, or an answer beyond our limits: the connection cannot be used any more.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Makes replies of a stream of bytes. An array may have kArrayMax items and a depth of 7 (hiredis').
class ReplyReader {
 public:
  static constexpr std::size_t kArrayMax = 1u << 24;
  static constexpr std::size_t kBufferKept = 256 * 1024;  ///< bytes that stay allocated between replies

  ReplyReader();

  void feed(const char* bytes, std::size_t size);
  /// The next whole reply; empty when more bytes are needed. Throws ProtocolError, from then on always.
  std::optional<Reply> next();

 private:
  struct Functions;
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace flotilla::redis
