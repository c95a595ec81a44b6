#include "app/command_install.hpp"

#include "app/application.hpp"

namespace flotilla::app {

int run_install(const Settings& settings) { return Application(settings).install(); }

}  // namespace flotilla::app
