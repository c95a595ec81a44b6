#include "adapters/redis/reply_reader.hpp"

#include <hiredis/hiredis.h>

#include <new>

namespace flotilla::redis {

/// Puts what hiredis reads straight into our tree: no copy of a tree of its own. These are called from C:
/// nothing may be thrown, null means "out of memory".
struct ReplyReader::Functions {
  static Reply* place(const redisReadTask* task) {
    if (!task->parent) return new (std::nothrow) Reply;
    return &static_cast<Reply*>(task->parent->obj)->items_[static_cast<std::size_t>(task->idx)];
  }

  template <class Fill>
  static void* put(const redisReadTask* task, Fill fill) noexcept {
    Reply* const reply = place(task);
    if (!reply) return nullptr;
    try {
      fill(*reply);
      return reply;
    } catch (...) {
      if (!task->parent) delete reply;
      return nullptr;
    }
  }

  static void* text(const redisReadTask* task, char* bytes, std::size_t size) {
    return put(task, [&](Reply& reply) {
      reply.kind_ = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                    : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                       : Reply::Kind::text;
      reply.text_.assign(bytes, size);
    });
  }
  // The type of the count differs between versions of hiredis.
  template <class Count>
  static void* array(const redisReadTask* task, Count count) {
    if (count < 0 || static_cast<std::size_t>(count) > kArrayMax) return nullptr;
    return put(task, [&](Reply& reply) {
      reply.kind_ = Reply::Kind::array;
      reply.items_.resize(static_cast<std::size_t>(count));
    });
  }
  static void* integer(const redisReadTask* task, long long value) {
    return put(task, [&](Reply& reply) {
      reply.kind_ = Reply::Kind::integer;
      reply.integer_ = value;
    });
  }
  static void* nil(const redisReadTask* task) {
    return put(task, [](Reply&) {});
  }
  static void release(void* reply) { delete static_cast<Reply*>(reply); }

  static redisReplyObjectFunctions* table() {
    static redisReplyObjectFunctions functions = [] {
      redisReplyObjectFunctions made{};
      made.createString = text;
      made.createArray = array;
      made.createInteger = integer;
      made.createNil = nil;
      made.freeObject = release;
      return made;
    }();
    return &functions;
  }
};

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader() : reader_(redisReaderCreateWithFunctions(Functions::table())) {
  if (!reader_) throw std::bad_alloc();
  reader_->maxbuf = kBufferKept;
}

void ReplyReader::feed(const char* bytes, std::size_t size) { redisReaderFeed(reader_.get(), bytes, size); }

std::optional<Reply> ReplyReader::next() {
  void* made = nullptr;
  if (redisReaderGetReply(reader_.get(), &made) != REDIS_OK) throw ProtocolError(reader_->errstr);
  if (!made) return std::nullopt;
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(made));
  return std::move(*reply);
}

}  // namespace flotilla::redis
