#pragma once

#include <functional>
#include <memory>
#include <string>

namespace flotilla::sql {

/// Hears what transactions of any process announce when they are committed: PostgreSQL's LISTEN. `hear` gets
/// the payload, on any thread, until what was returned is destroyed; it is short and does not throw. After
/// the connection was lost for a while announcements may be missing: `hear` is then called once with "".
using Listen = std::function<std::shared_ptr<void>(const std::string& channel,
                                                   std::function<void(const std::string& payload)> hear)>;

}  // namespace flotilla::sql
