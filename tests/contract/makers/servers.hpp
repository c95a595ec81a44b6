#pragma once

#include <string>
#include <string_view>

namespace flotilla::contract {

/// The address of a real server that tests/contract/run.mjs (or tests/lib/with_servers.mjs) has started:
/// "redis7", "redis8", "postgres", "rabbitmq3", "rabbitmq4" are in FLOTILLA_TEST_REDIS7_URL and so on.
/// Throws, so that the test fails, when it is not there: nothing is skipped.
std::string server(std::string_view name);

/// A name of an application that no other test uses: what a test leaves behind disturbs nobody.
std::string fresh_app();

}  // namespace flotilla::contract
