#include "app/command_start.hpp"

#include "app/application.hpp"

namespace flotilla::app {

int run_start(const Settings& settings) { return Application(settings).run(); }

}  // namespace flotilla::app
