#include "app/command.hpp"

int main(int argc, char** argv) { return huitong::app::run(argc, argv); }
