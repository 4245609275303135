SELECT * FROM personal.briefing_of(?);
