-- The table that `dataset:penguins-table` opens. Run in the database `warehouse` by its owner, who makes the logins.
create schema field;
create table field.penguins (
  species text not null,
  island text not null,
  beak_length_mm numeric,
  beak_depth_mm numeric,
  flipper_length_mm numeric,
  body_mass_g numeric,
  sex text
);
