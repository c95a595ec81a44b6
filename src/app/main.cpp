#include "app/command_line.hpp"

int main(int argc, char** argv) { return flotilla::app::run(argc, argv); }
