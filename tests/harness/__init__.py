"""What whole-program tests are made with: sites, programs, daemons, and the clients of other projects."""
