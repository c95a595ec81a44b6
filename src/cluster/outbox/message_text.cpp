#include "cluster/outbox/message_text.hpp"

#include "base/error.hpp"
#include "base/json.hpp"

namespace flotilla::cluster {
namespace {

std::int64_t number(const JsonObject& object, std::string_view key) {
  const Json* value = json::find(object, key);
  if (!value || !value->is_int64())
    throw bad_request("a kept message has no number \"" + std::string(key) + '"');
  return value->get_int64();
}

std::string text(const JsonObject& object, std::string_view key) {
  const Json* value = json::find(object, key);
  if (!value || !value->is_string())
    throw bad_request("a kept message has no text \"" + std::string(key) + '"');
  return std::string(value->get_string());
}

}  // namespace

std::string message_text(const QueueMessage& message) {
  const PublishOptions& options = message.options;
  JsonObject object;
  object["id"] = message.id;
  object["channel"] = message.channel;
  object["body"] = message.body;
  object["timeout"] = std::int64_t{options.timeout.count()};
  object["maxRetries"] = options.max_retries;
  object["delay"] = std::int64_t{options.delay.count()};
  object["priority"] = static_cast<int>(options.priority);
  if (options.dedup_key) object["dedupKey"] = *options.dedup_key;
  object["publishedAt"] = std::int64_t{message.published_at.time_since_epoch().count()};
  return json::dump(object);
}

QueueMessage message_of(std::string_view kept) {
  const Json parsed = json::parse(kept);
  if (!parsed.is_object()) throw bad_request("a kept message is no object");
  const JsonObject& object = parsed.get_object();
  QueueMessage message;
  message.id = text(object, "id");
  message.channel = text(object, "channel");
  message.body = text(object, "body");
  message.options.timeout = Millis(number(object, "timeout"));
  message.options.max_retries = static_cast<int>(number(object, "maxRetries"));
  message.options.delay = Millis(number(object, "delay"));
  const std::int64_t priority = number(object, "priority");
  if (priority < static_cast<int>(Priority::low) || priority > static_cast<int>(Priority::high))
    throw bad_request("a kept message has an unknown priority");
  message.options.priority = static_cast<Priority>(priority);
  if (json::find(object, "dedupKey")) message.options.dedup_key = text(object, "dedupKey");
  message.published_at = UnixMs(Millis(number(object, "publishedAt")));
  return message;
}

}  // namespace flotilla::cluster
