SELECT as_of() AS as_of;
