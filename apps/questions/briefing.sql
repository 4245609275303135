SELECT * FROM briefing_of(?);
