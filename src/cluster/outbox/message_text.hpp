#pragma once

#include <string>
#include <string_view>

#include "cluster/queue/message.hpp"

namespace flotilla::cluster {

/// A message as one JSON text, for those who keep it on its way to a queue, and back. The way back throws
/// Error 400 when the text was not made by the way there.
std::string message_text(const QueueMessage& message);
QueueMessage message_of(std::string_view text);

}  // namespace flotilla::cluster
