SELECT * FROM day_of(?);
